import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  TenantContext,
  ToolExecutionRepository,
  ToolPermissionRepository,
  ToolRepository,
  ToolRunner,
  ToolUsageRepository,
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

describe.each(ENGINES)('running a tool, on %s', (_, open) => {
  let shipped: ShippedSource;
  let runner: ToolRunner;
  let executions: ToolExecutionRepository;
  let tool: string;
  let toolId: string;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['tools']);
    runner = new ToolRunner(shipped.source);
    executions = new ToolExecutionRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(async () => {
    tool = `tool-${++number}`;
    const registered = await acme(() =>
      new ToolRepository(shipped.source).register({ name: tool }),
    );
    toolId = registered.id;
    await acme(() => new ToolPermissionRepository(shipped.source).allow(toolId, 'everyone'));
  });

  const recorded = () => acme(async () => (await executions.history({ toolId })).items);

  it('checks the permission, counts, calls and records', async () => {
    const usage = new ToolUsageRepository(shipped.source);
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 5 }));
    const call = { tool, userId: ANNA, input: { a: 2, b: 3 }, cost: '0.01', currency: 'EUR' };

    const sum = await acme(() =>
      runner.run(call, async ({ a, b }) => Promise.resolve(Number(a) + Number(b))),
    );

    expect(sum).toBe(5);
    await expect(recorded()).resolves.toMatchObject([
      {
        userId: ANNA,
        status: 'completed',
        input: { a: 2, b: 3 },
        output: 5,
        error: null,
        cost: '0.010000',
        currency: 'EUR',
      },
    ]);
    await expect(acme(() => usage.usage(toolId))).resolves.toMatchObject([{ used: 1 }]);
  });

  it('records a failure and passes the error on', async () => {
    const failure = new Error('no network');

    await expect(
      acme(() => runner.run({ tool, userId: ANNA }, () => Promise.reject(failure))),
    ).rejects.toBe(failure);

    await expect(recorded()).resolves.toMatchObject([{ status: 'failed', error: 'no network' }]);
  });

  it('records a timeout, and tells the work to stop', async () => {
    let told: AbortSignal | undefined;
    const forever = (_input: object, signal: AbortSignal) => {
      told = signal;
      return new Promise<never>(() => {});
    };

    await expect(
      acme(() => runner.run({ tool, userId: ANNA, timeoutMs: 20 }, forever)),
    ).rejects.toMatchObject({ name: 'TimeoutError' });

    expect(told?.aborted).toBe(true);
    await expect(recorded()).resolves.toMatchObject([{ status: 'timeout' }]);
  });

  it('records a call that was cancelled', async () => {
    const cancel = new AbortController();
    const call = { tool, userId: ANNA, signal: cancel.signal };

    await expect(
      acme(() =>
        runner.run(call, () => {
          cancel.abort();
          return new Promise<never>(() => {});
        }),
      ),
    ).rejects.toMatchObject({ name: 'AbortError' });

    await expect(recorded()).resolves.toMatchObject([{ status: 'cancelled' }]);
  });

  it.each([
    ['the permission', 'ROWGUARD_ACCESS_DENIED'],
    ['the limit', 'ROWGUARD_LIMIT_REACHED'],
    ['the state of the tool', 'ROWGUARD_ACCESS_DENIED'],
  ])('calls nothing and records nothing where %s forbids it', async (what, code) => {
    const permissions = new ToolPermissionRepository(shipped.source);
    if (what === 'the permission') await acme(() => permissions.deny(toolId, { role: 'trial' }));
    const usage = new ToolUsageRepository(shipped.source);
    if (what === 'the limit')
      await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 0 }));
    if (what === 'the state of the tool')
      await acme(() => new ToolRepository(shipped.source).disable(toolId));
    const work = jest.fn(() => Promise.resolve(1));

    await expect(
      acme(() => runner.run({ tool, userId: ANNA, roles: ['trial'] }, work)),
    ).rejects.toMatchObject({ code });

    expect(work).not.toHaveBeenCalled();
    await expect(recorded()).resolves.toEqual([]);
  });

  it.each([
    ['nothing', undefined, null],
    ['a nul character', 'a\0b', 'ab'],
    ['half of a surrogate pair', ['\ud800'], ['\ufffd']],
    ['a big integer', 1n, null],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('records what can be stored of %s, and answers it whole', async (_name, output, stored) => {
    const answer = await acme(() =>
      runner.run({ tool, userId: ANNA }, () => Promise.resolve(output)),
    );

    expect(answer).toEqual(output);
    await expect(recorded()).resolves.toMatchObject([{ status: 'completed', output: stored }]);
  });

  it('is not there for another tenant', async () => {
    const foreign = () => runner.run({ tool, userId: GUSTAV }, () => Promise.resolve(1));

    await expect(TenantContext.run({ tenantId: GLOBEX }, foreign)).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });
});
