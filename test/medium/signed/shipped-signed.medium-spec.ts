import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext, UsageRepository } from 'nestjs-rowguard';
import {
  type AttackResult,
  attackTable,
  tenantTables,
} from '../../support/cross-tenant-attacks.js';
import { type FreshSource, openFresh } from '../../support/migration-cycle.js';
import { RowFactory } from '../../support/row-factory.js';
import {
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

jest.setTimeout(240_000);

const tenancy = { signed: true } as const;
const DAY = '2026-03-01';

describe.each([
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const)('the shipped schema with signed bindings on %s', (_, open) => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await open('all', { tenancy });
  });
  afterAll(() => shipped.close());

  it('is found to isolate, in every table and view', async () => {
    const { findings } = await shipped.source.inspect();

    expect(findings.filter((one) => one.severity === 'error')).toEqual([]);
  });

  it('reads the daily usage of its own tenant, by a view that asks for the seal', async () => {
    const usage = new UsageRepository(shipped.source);
    const occurredAt = new Date(`${DAY}T10:00:00.000Z`);
    for (const [tenantId, quantity] of [
      [ACME, 2],
      [GLOBEX, 3],
    ] as const)
      await TenantContext.run({ tenantId }, () =>
        usage.record({ metric: 'm', quantity, occurredAt }),
      );
    await usage.refreshDaily();
    const [view] = await TenantContext.runAsSystem('a look at the view', () =>
      shipped.source.query<{ text: string }[]>(
        `select pg_get_viewdef('daily_usage'::regclass) as text`,
      ),
    );

    const seen = await TenantContext.run({ tenantId: ACME }, () => usage.daily(DAY, DAY));

    expect(view?.text).toContain('rowguard_bound_tenant()');
    expect(seen.map((one) => Number(one.quantity))).toEqual([2]);
  });
});

describe('a tenant that attacks another in every table, where bindings are signed', () => {
  let fresh: FreshSource;

  beforeAll(async () => {
    fresh = await openFresh({
      schema: 'all',
      tenancy: { signed: true, walls: { predicate: false } },
    });
  });
  afterAll(() => fresh.close());

  it('reaches no row of it', async () => {
    const factory = new RowFactory(fresh.source);
    const results: AttackResult[] = [];
    for (const metadata of tenantTables(fresh.source))
      results.push(...(await attackTable(fresh.source, metadata, factory)).attacks);

    expect(results.length).toBeGreaterThan(300);
    expect(results.filter((one) => one.reached > 0)).toEqual([]);
  });
});
