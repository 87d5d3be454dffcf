import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type RowguardDataSource, TenantContext, createDataSource } from 'nestjs-rowguard';
import { TestDatabase } from 'nestjs-rowguard/testing';
import { openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { ReplicatedShop } from '../../support/replicated-shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { openShop } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, Label, SHOP } from '../../support/shop.js';

Logger.overrideLogger(false);
jest.setTimeout(60_000);

const tenancy = { signed: true } as const;
const TENANTS = [ACME, GLOBEX];
const OWN = 'select tenant_id as tenant from customers';

const emailsOf = (source: RowguardDataSource, tenantId: string) =>
  TenantContext.run({ tenantId }, () => source.query<{ tenant: string }[]>(OWN));

async function addOneEach(source: RowguardDataSource): Promise<void> {
  for (const tenantId of TENANTS)
    await TenantContext.run({ tenantId }, () =>
      source.manager.insert(Customer, { email: `one@${tenantId}` }),
    );
}

/** Both tenants at once, so that connections change hands. */
async function readTogether(source: RowguardDataSource, times = 20): Promise<string[]> {
  const read = async (tenantId: string) => {
    const rows = await emailsOf(source, tenantId);
    return rows.length === 1 && rows[0]?.tenant === tenantId ? [] : [JSON.stringify(rows)];
  };
  const reads = Array.from({ length: times }, () => TENANTS.map(read)).flat();
  return (await Promise.all(reads)).flat();
}

describe('signed bindings in tests that are rolled back', () => {
  it('are right on the connection of the test', async () => {
    const url = process.env['ROWGUARD_TEST_URL'] ?? '';
    const db = await TestDatabase.start({ url, entities: SHOP, tenancy, isolation: 'rollback' });
    const names = () => db.repository(Label).find();
    const seen = await db.isolate(async () => {
      await db.as(ACME, () => db.repository(Label).save({ name: 'of acme' }));
      return [(await db.as(ACME, names)).length, (await db.as(GLOBEX, names)).length];
    });
    const left = await db.as(ACME, names);
    await db.stop();

    expect(seen).toEqual([1, 0]);
    expect(left).toEqual([]);
  });
});

const behindPooler = pgBouncerIsMissing() ? describe.skip : describe;

behindPooler('signed bindings behind a pooler in transaction mode', () => {
  it('are right on whichever process does the work', async () => {
    const shop = await openPooledShop({ tenancy }, 3);
    await addOneEach(shop.source);

    const wrong = await readTogether(shop.source);
    await shop.source.rotateBindingKey({ graceSeconds: 0 });
    const afterChange = await readTogether(shop.source, 3);
    await shop.close();

    expect([wrong, afterChange]).toEqual([[], []]);
  });
});

describe('signed bindings and replicas', () => {
  let shop: ReplicatedShop;

  beforeAll(async () => {
    shop = await ReplicatedShop.open(1, { tenancy });
  });
  afterAll(() => shop.close());

  it('are checked on a standby, with the keys that it has received', async () => {
    await addOneEach(shop.source);
    await shop.caughtUp();
    const onStandby = () =>
      TenantContext.run({ tenantId: ACME }, () =>
        shop.source
          .createQueryBuilder(Customer, 'c')
          .select('pg_is_in_recovery()', 'standby')
          .addSelect('c.tenant_id', 'tenant')
          .getRawMany<{ standby: boolean; tenant: string }>(),
      );

    const before = await onStandby();
    await shop.source.rotateBindingKey();
    await shop.caughtUp();

    expect(before).toEqual([{ standby: true, tenant: ACME }]);
    expect(await onStandby()).toEqual(before);
    expect(await readTogether(shop.source)).toEqual([]);
  });
});

describe('signed bindings of several data sources', () => {
  it('have keys of their own for each database', async () => {
    const shops = [await openShop({ tenancy }), await openShop({ tenancy })];
    for (const { source } of shops) await addOneEach(source);
    const keys = await Promise.all(
      shops.map(({ database }) =>
        database.asOwner((client) =>
          client.query<{ key: string }>(
            `select encode(inner_pad, 'hex') as key from rowguard_binding_keys`,
          ),
        ),
      ),
    );

    const wrong = await Promise.all(shops.map(({ source }) => readTogether(source)));
    for (const shop of shops) await shop.close();

    expect(wrong).toEqual([[], []]);
    expect(new Set(keys.flatMap(({ rows }) => rows.map(({ key }) => key))).size).toBe(2);
  });
});

describe('a change between the forms under traffic', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  const sourceOf = (signed: boolean | 'prepare') =>
    createDataSource({ url: database.url, entities: SHOP, tenancy: { signed } });
  const open = async (signed: boolean | 'prepare') => {
    const source = sourceOf(signed);
    await source.initialize();
    return source;
  };

  it('leaves no moment in which a policy is away', async () => {
    await (await open(false)).destroy();

    const { findings } = await sourceOf(true).inspect();
    const changes = findings.filter(({ rule }) => rule === 'policy-drift').map(({ mend }) => mend);

    expect(changes.length).toBeGreaterThan(SHOP.length / 2);
    expect(
      changes.filter(([first, ...more]) => more.length > 0 || first?.startsWith('ALTER ') !== true),
    ).toEqual([]);
  });

  it('goes unnoticed by instances that are prepared', async () => {
    const prepared = await open('prepare');
    await addOneEach(prepared);
    const over = new AbortController();
    const wrong: string[] = [];
    const traffic = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted)
        wrong.push(...(await readTogether(prepared, 1).catch((error: Error) => [error.message])));
    });

    for (const form of [true, false, true, false]) await (await open(form)).destroy();
    over.abort();
    await Promise.all(traffic);
    await prepared.destroy();

    expect(wrong).toEqual([]);
  });
});
