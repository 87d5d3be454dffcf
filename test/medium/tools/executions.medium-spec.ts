import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type NewExecution,
  TenantContext,
  ToolExecution,
  ToolExecutionRepository,
  ToolRepository,
  isCheckViolation,
  isForeignKeyViolation,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
const globex = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: GLOBEX }, work);
const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);

describe.each(ENGINES)('the history of tool executions, on %s', (_, open) => {
  let shipped: ShippedSource;
  let executions: ToolExecutionRepository;
  let toolId: string;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['tools']);
    executions = new ToolExecutionRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(async () => {
    const tools = new ToolRepository(shipped.source);
    toolId = (await acme(() => tools.register({ name: `tool-${++number}` }))).id;
  });

  const record = (values: Partial<NewExecution> = {}) =>
    acme(() =>
      executions.record({
        toolId,
        userId: ANNA,
        status: 'completed',
        startedAt: at(0),
        finishedAt: at(100),
        ...values,
      }),
    );

  it.each([
    ['an object', { rows: [1, 2] }],
    ['a list', ['a', null]],
    ['a text', 'done'],
    ['a number', 42],
    ['false', false],
  ])('records an execution whose output is %s, with how long it took', async (_kind, output) => {
    const { id } = await record({ input: { query: 'x' }, output, cost: '0.012500' });

    await expect(acme(() => executions.getById(id))).resolves.toMatchObject({
      toolId,
      userId: ANNA,
      input: { query: 'x' },
      output,
      durationMs: 100,
      cost: '0.012500',
      currency: 'USD',
    });
  });

  it('shows the history newest first, page by page, of a tool, a person or a status', async () => {
    for (const ms of [10, 30, 20]) await record({ startedAt: at(ms), finishedAt: at(ms) });
    await record({ startedAt: at(40), status: 'failed', error: 'boom' });

    const first = await acme(() => executions.history({ toolId, limit: 3 }));
    const second = await acme(() =>
      executions.history({ toolId, limit: 3, after: first.next ?? '' }),
    );
    const failed = await acme(() => executions.history({ toolId, status: 'failed' }));
    const ofAnna = await acme(() => executions.history({ userId: ANNA, limit: 1 }));

    expect([...first.items, ...second.items].map((one) => one.startedAt)).toEqual(
      [40, 30, 20, 10].map(at),
    );
    expect(failed.items).toMatchObject([{ error: 'boom' }]);
    expect(ofAnna.items).toHaveLength(1);
  });

  it('counts, tells the failure rate and the latency percentiles, and sums the cost, in one query', async () => {
    const times = Array.from({ length: 100 }, (_, index) => index + 1);
    await acme(() =>
      executions.insertMany(
        times.map((ms) => ({
          toolId,
          userId: ANNA,
          status: ms <= 10 ? 'failed' : ms <= 15 ? 'timeout' : ms <= 20 ? 'cancelled' : 'completed',
          startedAt: at(0),
          finishedAt: at(ms),
          durationMs: ms,
          cost: '0.100001',
          currency: ms === 1 ? 'EUR' : 'USD',
        })),
      ),
    );

    const stats = await acme(() => executions.stats({ toolId }));

    expect(stats).toMatchObject({
      total: 100,
      completed: 80,
      failed: 10,
      timedOut: 5,
      cancelled: 5,
      failureRate: 0.15,
      cost: { USD: '9.900099', EUR: '0.100001' },
    });
    expect(stats.latencyMs?.p50).toBeCloseTo(50.5);
    expect(stats.latencyMs?.p95).toBeCloseTo(95.05);
    expect(stats.latencyMs?.p99).toBeCloseTo(99.01);
  });

  it('counts a span of time, a person or a status alone', async () => {
    for (const ms of [0, 1_000, 2_000]) {
      await record({ startedAt: at(ms), finishedAt: at(ms + 1) });
    }
    await record({ startedAt: at(1_500), finishedAt: at(1_600), status: 'failed' });

    const span = await acme(() =>
      executions.stats({ toolId, userId: ANNA, from: at(1_000), until: at(2_000) }),
    );
    const failed = await acme(() => executions.stats({ toolId, status: 'failed' }));

    expect(span).toMatchObject({ total: 2, completed: 1, failed: 1, failureRate: 0.5 });
    expect(failed).toMatchObject({ total: 1, failureRate: 1 });
  });

  it('answers zeros where nothing was executed', async () => {
    await expect(acme(() => executions.stats({ toolId }))).resolves.toEqual({
      total: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      timedOut: 0,
      failureRate: 0,
      latencyMs: null,
      cost: {},
    });
  });

  it('lets no tenant change or delete an execution', async () => {
    const { id } = await record();
    const rows = shipped.source.getRepository(ToolExecution);

    for (const attempt of [
      () => rows.update({ id }, { status: 'failed' }),
      () => executions.update(id, { status: 'failed' }),
      () => executions.hardDelete(id),
      () => executions.delete(id),
    ]) {
      await expect(acme(attempt as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_STATEMENT_REFUSED',
      });
    }
  });

  it('stays when the tool is deleted', async () => {
    const { id } = await record();

    await acme(() => new ToolRepository(shipped.source).delete(toolId));

    await expect(acme(() => executions.getById(id))).resolves.toMatchObject({ toolId });
  });

  it('refuses times that are no span', async () => {
    for (const span of [
      { startedAt: at(10), finishedAt: at(0) },
      { startedAt: new Date('never') },
      { startedAt: '2026-01-01' as unknown as Date },
      { startedAt: at(0), finishedAt: new Date('never') },
    ]) {
      await expect(record(span)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    }
  });

  it.each([
    ['a status that there is not', { status: 'lost' as never }],
    ['a cost below zero', { cost: '-1' }],
    ['a currency that is none', { currency: 'euro' }],
  ])('refuses %s', async (_name, values) => {
    const error: unknown = await record(values).catch((caught: unknown) => caught);

    const { code } = error as { code?: string };
    expect(isCheckViolation(error) || code === 'ROWGUARD_VALIDATION_FAILED').toBe(true);
  });

  it('is hidden from another tenant, which can add nothing to it', async () => {
    await record();

    await expect(globex(() => executions.history({ toolId }))).resolves.toMatchObject({
      items: [],
    });
    await expect(globex(() => executions.stats())).resolves.toMatchObject({ total: 0 });
    const error: unknown = await globex(() =>
      executions.record({ toolId, userId: GUSTAV, status: 'completed', startedAt: at(0) }),
    ).catch((caught: unknown) => caught);
    expect(isForeignKeyViolation(error)).toBe(true);
  });
});
