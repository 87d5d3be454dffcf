import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext, createDataSource } from 'nestjs-rowguard';
import { TwoInstances, pause, underTraffic } from '../../support/key-traffic.js';
import { errorOf } from '../../support/shop-database.js';
import { openShop } from '../../support/shop-source.js';
import { ACME, SHOP } from '../../support/shop.js';

Logger.overrideLogger(false);
jest.setTimeout(60_000);

const READ = 'select tenant_id from customers';

describe('the keys of signed bindings', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.open();
  });
  afterAll(() => two.close());

  const asOwner = async <Row extends object>(sql: string): Promise<Row[]> =>
    (await two.database.asOwner((client) => client.query<Row>(sql))).rows;

  it('are one, however many instances start at the same time', async () => {
    const keys = await asOwner('select 1 from rowguard_binding_keys where expires_at is null');

    expect(keys).toHaveLength(1);
  });

  it('can be read by nobody but the owner', async () => {
    const [first] = two.instances;
    const read = () => first.query('select * from rowguard_binding_keys');

    const asTenant = await errorOf(() => TenantContext.run({ tenantId: ACME }, read));
    const asSystem = await errorOf(() => TenantContext.runAsSystem('a look at the keys', read));

    expect(asTenant).toMatchObject({ cause: { driverError: { code: '42501' } } });
    expect(asSystem).toMatchObject({ cause: { driverError: { code: '42501' } } });
  });

  it('are nowhere in the catalog and in no answer', async () => {
    const [pads] = await asOwner<{ inner: string }>(
      `select encode(inner_pad, 'hex') as inner from rowguard_binding_keys order by id limit 1`,
    );
    const catalog = await asOwner(
      `select prosrc from pg_proc where prosrc like '%${pads?.inner.slice(0, 16)}%'`,
    );
    const rotated = await two.instances[0].rotateBindingKey();

    expect(catalog).toEqual([]);
    expect(rotated).toEqual({ id: expect.any(Number), graceSeconds: 600 });
  });

  it('change under traffic without an error or a row too many', async () => {
    two.hurry();
    const ids: number[] = [];

    const traffic = await underTraffic(two, async () => {
      for (let round = 0; round < 3; round++) {
        const from = two.instances[round % 2];
        ids.push((await from?.rotateBindingKey({ graceSeconds: 2 }))?.id ?? 0);
        await pause(2_300);
      }
    });
    const left = await asOwner<{ id: number }>(
      'select id from rowguard_binding_keys where expires_at is null or expires_at > now()',
    );

    expect(traffic).toMatchObject({ errors: [], foreign: 0 });
    expect(traffic.statements).toBeGreaterThan(100);
    expect(left).toEqual([{ id: ids.at(-1) }]);
  });

  it('that are taken away at once cost the others a second try, and transactions an error', async () => {
    const [first, second] = two.instances;
    // Long ago enough that nobody looks by himself.
    for (const { plan } of two.instances)
      Object.assign(plan.signer ?? {}, {
        periods: { freshMs: 1e9, staleMs: 1e9, knownSeconds: 0 },
      });
    await first.rotateBindingKey({ graceSeconds: 0 });

    const inTransaction = await errorOf(() =>
      TenantContext.run({ tenantId: ACME }, () => second.transaction(() => second.query(READ))),
    );
    const bare = await TenantContext.run({ tenantId: ACME }, () => second.query<object[]>(READ));
    const after = await TenantContext.run({ tenantId: ACME }, () =>
      second.transaction(() => second.query<object[]>(READ)),
    );

    expect(inTransaction).toMatchObject({ code: 'ROWGUARD_BINDING_REFUSED' });
    expect([bare.length, after.length]).toEqual([1, 1]);
  });

  it.each([-1, 1.5, '600', null, Number.NaN, 1e12])(
    'do not change for a grace of %p',
    async (bad) => {
      const error = await errorOf(() =>
        two.instances[0].rotateBindingKey({ graceSeconds: bad as number }),
      );

      expect(error).toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    },
  );
});

describe('a database that changes between the forms', () => {
  it('goes to signed bindings and back at a start, with its rows', async () => {
    const shop = await openShop();
    const { url } = shop.database;
    await TenantContext.run({ tenantId: ACME }, () =>
      shop.source.query(
        `insert into customers (id, email, version) values (gen_random_uuid(), 'a', 1)`,
      ),
    );
    const old = shop.source;
    const read = (source: typeof old) =>
      TenantContext.run({ tenantId: ACME }, () => source.query<object[]>(READ));
    try {
      const prepared = createDataSource({ url, entities: SHOP, tenancy: { signed: 'prepare' } });
      await prepared.initialize();
      expect([(await read(old)).length, (await read(prepared)).length]).toEqual([1, 1]);

      const signed = createDataSource({ url, entities: SHOP, tenancy: { signed: true } });
      await signed.initialize();
      const refused = await errorOf(() => read(old));
      expect([(await read(prepared)).length, (await read(signed)).length]).toEqual([1, 1]);
      expect(refused).toMatchObject({
        code: 'ROWGUARD_BINDING_REFUSED',
        message: expect.stringContaining('is not signed'),
      });

      const check = createDataSource({ url, entities: SHOP, migrate: 'check' });
      const attestation = await errorOf(() => check.initialize());
      expect(attestation).toMatchObject({
        code: 'ROWGUARD_ATTESTATION_FAILED',
        message: expect.stringContaining('customers_tenant_guard'),
      });

      const plain = createDataSource({ url, entities: SHOP });
      await plain.initialize();
      const all = [old, prepared, signed, plain];
      expect(await Promise.all(all.map(async (one) => (await read(one)).length))).toEqual([
        1, 1, 1, 1,
      ]);
      const late = createDataSource({
        url,
        entities: SHOP,
        migrate: 'check',
        tenancy: { signed: true },
      });
      expect(await errorOf(() => late.initialize())).toMatchObject({
        code: 'ROWGUARD_ATTESTATION_FAILED',
      });
      await Promise.all([prepared, signed, plain].map((one) => one.destroy()));
    } finally {
      await shop.close();
    }
  });

  it('has no key to change where bindings are not signed', async () => {
    const shop = await openShop();
    const error = await errorOf(() => shop.source.rotateBindingKey());
    await shop.close();

    expect(error).toMatchObject({ code: 'ROWGUARD_OPTIONS_INVALID' });
  });
});
