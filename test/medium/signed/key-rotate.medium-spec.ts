import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { inspect } from 'node:util';
import { type RowguardDataSource, TenantContext, createDataSource } from 'nestjs-rowguard';
import { type CliRun, cli } from '../../support/cli-run.js';
import { TwoInstances, pause, underTraffic } from '../../support/key-traffic.js';
import { errorOf } from '../../support/shop-database.js';
import { ACME, SHOP } from '../../support/shop.js';

Logger.overrideLogger(false);
jest.setTimeout(60_000);

const READ = 'select tenant_id from customers';
const FILE = 'test/medium/signed/fixtures/shop.data-source.ts';

function neverLook({ plan }: RowguardDataSource): void {
  Object.assign(plan.signer ?? {}, { periods: { freshMs: 1e9, staleMs: 1e9, knownSeconds: 0 } });
}

describe('rowguard key:rotate beside a running application', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.open();
    const [one] = two.instances;
    process.env['SHOP_URL'] = String((one.options as { url?: string }).url);
    process.env['SHOP_ADMIN_URL'] = two.database.url;
  });
  afterAll(async () => {
    delete process.env['SHOP_URL'];
    delete process.env['SHOP_ADMIN_URL'];
    await two.close();
  });

  const rotate = (...words: string[]): Promise<CliRun> =>
    cli(['key:rotate', '--json', '-d', FILE, ...words]);
  const ringOf = async () =>
    (
      await two.database.asOwner((client) =>
        client.query<{ id: number; secret: string; isGood: boolean }>(
          `select id, encode(inner_pad, 'hex') as secret, coalesce(expires_at > now(), true) as "isGood" from rowguard_binding_keys order by id`,
        ),
      )
    ).rows;
  const readAs = (at: 0 | 1) =>
    TenantContext.run({ tenantId: ACME }, () => two.instances[at].query<object[]>(READ));

  it('gives a new key that it does not tell, and the application notices nothing', async () => {
    two.hurry();
    let run: CliRun | undefined;

    const traffic = await underTraffic(two, async () => {
      run = await rotate('--grace', '3');
      await pause(3_500);
    });
    const ring = await ringOf();

    expect(run).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(run?.stdout ?? '')).toMatchObject({
      data: { id: ring.at(-1)?.id, graceSeconds: 3 },
    });
    expect(ring.filter(({ isGood }) => isGood)).toEqual(ring.slice(-1));
    expect(ring.filter(({ secret }) => run?.stdout.includes(secret.slice(0, 16)))).toEqual([]);
    expect(traffic).toMatchObject({ errors: [], foreign: 0 });
  });

  it('serves an instance that knows the new key beside one that does not yet', async () => {
    const [quick, slow] = two.instances;
    Object.assign(quick.plan.signer ?? {}, {
      periods: { freshMs: 0, staleMs: 0, knownSeconds: 0 },
    });
    neverLook(slow);
    await rotate('--grace', '60');

    expect((await Promise.all([readAs(0), readAs(1)])).map((rows) => rows.length)).toEqual([1, 1]);
  });

  it('lets one transaction fail for a key that was taken away, and the next read the keys first', async () => {
    const [, slow] = two.instances;
    // Long ago enough that it does not look by itself.
    await readAs(1);
    neverLook(slow);
    await rotate('--grace', '0');
    const inTransaction = () =>
      TenantContext.run({ tenantId: ACME }, () =>
        slow.transaction(() => slow.query<object[]>(READ)),
      );

    const first = await errorOf(inTransaction);

    expect(first).toMatchObject({ code: 'ROWGUARD_BINDING_REFUSED' });
    expect(inspect(first, { depth: 10, showHidden: false })).not.toMatch(/[0-9a-f]{64}/);
    expect(await inTransaction()).toHaveLength(1);
  });

  it('is what brings back a database whose keys were lost', async () => {
    await two.database.asOwner((client) => client.query('delete from rowguard_binding_keys'));

    const lost = await errorOf(() => readAs(0));
    const run = await rotate();
    const back = await readAs(0);

    expect(lost).toMatchObject({ code: 'ROWGUARD_BINDING_REFUSED' });
    expect(run.exitCode).toBe(0);
    expect(back).toHaveLength(1);
  });

  it.each(['-1', '1.5', 'soon', '99999999', ''])('refuses a grace of %p', async (grace) => {
    const { exitCode, stdout } = await rotate(`--grace=${grace}`);

    expect(exitCode).toBe(2);
    expect(stdout).toContain('--grace');
  });

  it('says so where bindings are not signed', async () => {
    const source = createDataSource({ url: two.database.url, entities: SHOP, migrate: 'off' });

    expect(await errorOf(() => source.rotateBindingKey())).toMatchObject({
      code: 'ROWGUARD_OPTIONS_INVALID',
    });
  });
});
