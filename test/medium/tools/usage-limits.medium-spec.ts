import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  LIMIT_PERIODS,
  LimitReachedError,
  TenantContext,
  ToolRepository,
  ToolUsageLimit,
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
const globex = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: GLOBEX }, work);
const SPENT = { code: 'ROWGUARD_LIMIT_REACHED' };
const LAST_YEAR = new Date('2025-01-01T00:00:00Z');

function nextDay(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}

function nextMonth(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
}

describe.each(ENGINES)('usage limits of tools, on %s', (_, open) => {
  let shipped: ShippedSource;
  let usage: ToolUsageRepository;
  let toolId: string;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['tools']);
    usage = new ToolUsageRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(async () => {
    const tools = new ToolRepository(shipped.source);
    toolId = (await acme(() => tools.register({ name: `tool-${++number}` }))).id;
  });

  const consume = (calls?: number) => acme(() => usage.consume(toolId, ANNA, calls));
  const used = () => acme(async () => (await usage.usage(toolId, ANNA)).map((limit) => limit.used));

  it('do not hold anybody up where there are none', async () => {
    await expect(consume(1_000)).resolves.toBeUndefined();
    await expect(used()).resolves.toEqual([]);
  });

  it('count what is consumed, and refuse when the limit is spent', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 3 }));

    await consume();
    await consume(2);

    await expect(consume()).rejects.toMatchObject(SPENT);
    await expect(acme(() => usage.usage(toolId, ANNA))).resolves.toMatchObject([
      { userId: null, period: 'day', maxCalls: 3, used: 3, left: 0 },
    ]);
  });

  it('say when a spent limit is free again', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 1 }));
    await consume();

    const error: unknown = await consume().catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(LimitReachedError);
    expect(error).toMatchObject({
      message: expect.stringContaining(`Try again at ${nextDay().toISOString()}`),
      given: { period: 'day', maxCalls: 1, used: 1, left: 0, freeAt: nextDay().toISOString() },
    });
  });

  it('take no part of what does not fit', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'month', maxCalls: 5 }));
    await consume(4);

    await expect(consume(2)).rejects.toMatchObject(SPENT);
    await expect(consume(6)).rejects.toMatchObject({
      ...SPENT,
      mend: 'Ask for at most 5 at once, or raise the limit',
    });

    await expect(used()).resolves.toEqual([4]);
    await expect(consume(1)).resolves.toBeUndefined();
  });

  it.each(LIMIT_PERIODS)('begin anew when the %s has rolled over', async (period) => {
    await acme(() => usage.setLimit(toolId, { period, maxCalls: 1 }));
    await consume();
    await acme(() => usage.updateReturning({ toolId }, { periodStartsAt: LAST_YEAR }));

    const before = await acme(() => usage.usage(toolId, ANNA));
    await consume();

    expect(before).toMatchObject([{ used: 0, left: 1 }]);
    await expect(used()).resolves.toEqual([1]);
    await expect(consume()).rejects.toMatchObject(SPENT);
  });

  it('end with the month of the calendar, in UTC', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'month', maxCalls: 1 }));

    const [limit] = await acme(() => usage.usage(toolId));

    expect(limit?.freeAt).toEqual(nextMonth());
  });

  it('hold for a person, and for all together', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 10 }));
    await acme(() => usage.setLimit(toolId, { userId: ANNA, period: 'hour', maxCalls: 1 }));
    await consume();

    await expect(consume()).rejects.toMatchObject({ ...SPENT, given: { period: 'hour' } });

    await expect(used()).resolves.toEqual([1, 1]);
    await expect(acme(() => usage.usage(toolId))).resolves.toMatchObject([{ used: 1 }]);
  });

  it('are changed without forgetting what is used', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 1 }));
    await consume();

    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 2 }));
    await consume();

    await expect(consume()).rejects.toMatchObject(SPENT);
    await expect(acme(() => usage.countBy({ toolId }))).resolves.toBe(1);
  });

  it('count nothing for work that is undone', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 5 }));

    await acme(() =>
      usage.transaction(async () => {
        await usage.consume(toolId, ANNA);
        throw new Error('no');
      }),
    ).catch(() => undefined);

    await expect(used()).resolves.toEqual([0]);
  });

  it.each([0, -1, 1.5, Number.NaN, '2', null])('refuse %p as a number of calls', async (calls) => {
    await expect(consume(calls as number)).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('refuse ids that are none, and tools that are not there', async () => {
    const limit = { period: 'day', maxCalls: 1 } as const;
    const input = { code: 'ROWGUARD_INPUT_INVALID' };

    await expect(acme(() => usage.consume('x', ANNA))).rejects.toMatchObject(input);
    await expect(acme(() => usage.usage('x'))).rejects.toMatchObject(input);
    await expect(acme(() => usage.setLimit(ANNA, limit))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('are hidden from another tenant, which cannot use them up', async () => {
    await acme(() => usage.setLimit(toolId, { period: 'day', maxCalls: 1 }));

    await globex(() => usage.consume(toolId, GUSTAV));

    await expect(globex(() => usage.usage(toolId, GUSTAV))).resolves.toEqual([]);
    await expect(
      globex(() => usage.setLimit(toolId, { period: 'day', maxCalls: 99 })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    await expect(used()).resolves.toEqual([0]);
  });
});

describe('a limit that many consume at once', () => {
  const CALLERS = 50;
  const LIMIT = 20;
  let shipped: ShippedSource;
  let usage: ToolUsageRepository;
  let tools: ToolRepository;

  beforeAll(async () => {
    shipped = await openShipped(['tools']);
    usage = new ToolUsageRepository(shipped.source);
    tools = new ToolRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const storm = (toolId: string) =>
    Promise.allSettled(
      Array.from({ length: CALLERS }, () => acme(() => usage.consume(toolId, ANNA))),
    );

  it('lets exactly as many through as it allows: 20 of 50', async () => {
    const { id } = await acme(() => tools.register({ name: 'busy' }));
    await acme(() => usage.setLimit(id, { period: 'month', maxCalls: LIMIT }));

    const outcomes = await storm(id);

    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(CALLERS - LIMIT);
    for (const { reason } of refused) expect(reason).toMatchObject(SPENT);
    await expect(acme(() => usage.usage(id))).resolves.toMatchObject([{ used: LIMIT, left: 0 }]);
  });

  it('keeps two limits in step, and rolls over once for all', async () => {
    const { id } = await acme(() => tools.register({ name: 'busier' }));
    await acme(() => usage.setLimit(id, { period: 'month', maxCalls: LIMIT }));
    await acme(() => usage.setLimit(id, { userId: ANNA, period: 'day', maxCalls: LIMIT + 10 }));
    await acme(() =>
      shipped.source
        .getRepository(ToolUsageLimit)
        .update({ toolId: id }, { used: LIMIT, periodStartsAt: LAST_YEAR }),
    );

    const outcomes = await storm(id);

    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(LIMIT);
    await expect(acme(() => usage.usage(id, ANNA))).resolves.toMatchObject([
      { used: LIMIT },
      { used: LIMIT },
    ]);
  });
});
