import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageRepository } from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, type ShippedSource } from '../../support/shipped-source.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { PLACES, as, asSystem } from './places.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const NEXT = new Date('2026-03-02T00:30:00.000Z');
const MARCH = [new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')] as const;

describe.each(PLACES)('usage on %s', (_, open) => {
  let shipped: ShippedSource;
  let usage: UsageRepository;

  beforeAll(async () => {
    shipped = await open(['platform']);
    usage = new UsageRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('is recorded once for one idempotency key of a tenant', async () => {
    const event = { metric: 'once', quantity: 5, idempotencyKey: 'k', userId: ANNA };

    const first = await as(ACME, () => usage.record(event));
    const second = await as(ACME, () => usage.record({ ...event, quantity: 7 }));
    const theirs = await as(GLOBEX, () => usage.record({ ...event, quantity: 9 }));

    expect(second).toEqual(first);
    expect(first).toMatchObject({ quantity: 5, userId: ANNA, metadata: {} });
    expect(theirs.quantity).toBe(9);
    expect(event).not.toHaveProperty('tenantId');
    await expect(
      as(ACME, () => usage.record({ id: first.id, metric: 'again', quantity: 1 })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    const span = [new Date(0), new Date('2100-01-01')] as const;
    await expect(as(ACME, () => usage.total('once', ...span))).resolves.toBe('5');
  });

  it('is recorded in bulk, and answers how much of it was new', async () => {
    const events = Array.from({ length: 6_000 }, (_one, at) => ({
      metric: 'bulk',
      quantity: 1,
      idempotencyKey: `bulk-${at % 5_500}`,
      occurredAt: AT,
    }));

    await expect(as(ACME, () => usage.recordMany(events))).resolves.toBe(5_500);
    await expect(as(ACME, () => usage.recordMany(events.slice(0, 3)))).resolves.toBe(0);
    await expect(as(ACME, () => usage.recordMany([]))).resolves.toBe(0);
    await expect(as(ACME, () => usage.total('bulk', ...MARCH))).resolves.toBe('5500');
  });

  it('is recorded in one statement, and totalled in one', async () => {
    await expect(
      textsSentBy(() => as(ACME, () => usage.record({ metric: 'cheap', quantity: 1 }))),
    ).resolves.toHaveLength(1);
    await expect(
      textsSentBy(() => as(ACME, () => usage.total('cheap', ...MARCH))),
    ).resolves.toHaveLength(1);
  });

  it('is totalled from a moment on and before another, past what a number holds', async () => {
    const large = { metric: 'large', quantity: Number.MAX_SAFE_INTEGER };
    await as(ACME, () =>
      usage.recordMany([
        { ...large, occurredAt: MARCH[0] },
        { ...large, occurredAt: AT },
        { ...large, occurredAt: MARCH[1] },
      ]),
    );

    await expect(as(ACME, () => usage.total('large', ...MARCH))).resolves.toBe('18014398509481982');
    await expect(as(GLOBEX, () => usage.total('large', ...MARCH))).resolves.toBe('0');
  });

  it('is summed up by day for each tenant when it is refreshed, and not before', async () => {
    const events = [
      { metric: 'daily', quantity: 2, occurredAt: AT },
      { metric: 'daily', quantity: 3, occurredAt: AT },
      { metric: 'daily', quantity: 7, occurredAt: NEXT },
    ];
    await as(ACME, () => usage.recordMany(events));
    await as(GLOBEX, () => usage.record({ metric: 'daily', quantity: 100, occurredAt: AT }));
    const days = ['2026-03-01', '2026-03-31', { metric: 'daily' }] as const;
    const before = await as(ACME, () => usage.daily(...days));

    await usage.refreshDaily();

    expect(before).toEqual([]);
    await expect(as(ACME, () => usage.daily(...days))).resolves.toEqual([
      { tenantId: ACME, day: '2026-03-01', metric: 'daily', quantity: '5', events: 2 },
      { tenantId: ACME, day: '2026-03-02', metric: 'daily', quantity: '7', events: 1 },
    ]);
    await expect(as(GLOBEX, () => usage.daily(...days))).resolves.toMatchObject([
      { tenantId: GLOBEX, day: '2026-03-01', quantity: '100', events: 1 },
    ]);
    await expect(as(ACME, () => usage.daily('2026-03-02', '2026-03-02'))).resolves.toMatchObject([
      { metric: 'daily', quantity: '7' },
    ]);
  });

  it('of another tenant cannot be read by raw SQL, in the view or below it', async () => {
    await as(GLOBEX, () => usage.record({ metric: 'raw', quantity: 1, occurredAt: AT }));
    await asSystem(() => usage.refreshDaily());

    const seen = await as(ACME, () =>
      usage.query('select distinct tenant_id from daily_usage where true or true'),
    );

    expect(seen.filter((row: { tenant_id: string }) => row.tenant_id !== ACME)).toEqual([]);
    await expect(
      as(ACME, () => usage.query('select * from daily_usage_totals')),
    ).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
    await expect(as(ACME, () => usage.query('delete from daily_usage'))).rejects.toThrow();
  });

  it('cannot be changed once it is recorded', async () => {
    const { id } = await as(ACME, () => usage.record({ metric: 'fixed', quantity: 1 }));

    await expect(as(ACME, () => usage.update(id, { quantity: 0 }))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });

  it.each([null, 'text', [null], 7])('refuses %j as events', async (events) => {
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };

    await expect(as(ACME, () => usage.recordMany(events as never))).rejects.toMatchObject(refused);
    await expect(as(ACME, () => usage.record(null as never))).rejects.toMatchObject(refused);
  });

  it.each([
    ['2026-02-30', '2026-03-01'],
    ['2026-03-02', '2026-03-01'],
    ['yesterday', 'today'],
    [7 as never, '2026-01-01'],
  ])('refuses the days from %p to %p', async (from, to) => {
    await expect(as(ACME, () => usage.daily(from, to))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('is totalled only over a time that is one, and by day only for a tenant', async () => {
    await expect(as(ACME, () => usage.total('m', new Date('x'), new Date()))).rejects.toMatchObject(
      { code: 'ROWGUARD_INPUT_INVALID' },
    );
    await expect(asSystem(() => usage.daily('2026-01-01', '2026-01-02'))).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
  });
});
