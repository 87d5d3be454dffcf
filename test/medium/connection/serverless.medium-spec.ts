import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  DatabaseUnavailableError,
  type RowguardDataSource,
  TenantRepository,
  createDataSource,
  isConnectionError,
} from 'nestjs-rowguard';
import { faultsIn } from '../../support/isolation/matrix.js';
import { runMatrix } from '../../support/isolation/matrix-shop.js';
import { leftOn } from '../../support/on-the-wire.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, SHOP } from '../../support/shop.js';
import { WebSocketProxy } from '../../support/web-socket-proxy.js';
import { WireProxy } from '../../support/wire-proxy.js';

jest.setTimeout(180_000);
Logger.overrideLogger(false);

describe('over a WebSocket', () => {
  let database: ScratchDatabase;
  let wire: WireProxy;
  let proxy: WebSocketProxy;
  let source: RowguardDataSource;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    wire = await WireProxy.start(database.url);
    proxy = await WebSocketProxy.start();
    source = createDataSource({
      url: wire.url,
      strategy: 'serverless',
      serverless: { proxy: proxy.url },
      entities: SHOP,
      pool: { max: 8, acquireTimeoutMs: 5_000 },
    });
    await source.initialize();
    customers = new TenantRepository(Customer, source);
    await as(ACME, () => customers.insert({ email: 'first@acme' }));
  });
  afterAll(async () => {
    await source.destroy();
    await proxy.close();
    await wire.close();
    await database.drop();
  });

  it('the proxy is told which server to go on to', () => {
    expect(proxy.asked[0]).toBe(new URL(wire.url).host);
  });

  it('a statement costs one round trip, in one message, and is prepared under a name', async () => {
    const read = () => as(ACME, () => customers.findBy({ email: 'first@acme' }));
    await read();
    await read();
    const before = proxy.frames;

    const counts = await wire.during(read);

    expect(counts).toMatchObject({ syncs: 1, queries: 0, ready: 1, flushes: 0, parses: 0 });
    expect(proxy.frames - before).toBe(1);
  });

  it('nothing of a tenant is left on the connection', async () => {
    const runner = source.createQueryRunner();
    await as(ACME, async () => {
      await runner.query('select 1 from customers');
      expect(await leftOn(runner)).toMatchObject({ tenant: null, actor: null });
      await runner.release();
    });
    expect(await as(GLOBEX, () => customers.find())).toEqual([]);
  });

  it('a transaction is kept or undone as a whole', async () => {
    const kept = (email: string) => as(ACME, () => customers.countBy({ email }));
    const add = (email: string, fails: boolean) =>
      as(ACME, () =>
        source.transaction(async (manager) => {
          await manager.insert(Customer, { email });
          if (fails) throw new Error('undo');
        }),
      );

    await add('kept@acme', false);
    await errorOf(() => add('undone@acme', true));

    expect([await kept('kept@acme'), await kept('undone@acme')]).toEqual([1, 0]);
  });

  it('a long answer streams, and a long text goes there and back', async () => {
    const rows = await as(ACME, async () => {
      const runner = source.createQueryRunner();
      const stream = await runner.stream('select n from generate_series(1, 50000) n');
      const seen: unknown[] = [];
      for await (const row of stream) seen.push(row);
      await runner.release();
      return seen.length;
    });
    const text = 'x'.repeat(5_000_000);
    const [echo] = await as(ACME, () =>
      source.query<[{ length: number; text: string }]>(
        'select length($1::text), $1::text as text',
        [text],
      ),
    );

    expect(rows).toBe(50_000);
    expect(echo.length).toBe(text.length);
    expect(echo.text).toBe(text);
  });

  it('twenty at once each read their own', async () => {
    const tenants = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? ACME : GLOBEX));

    const answers = await Promise.all(
      tenants.map((tenant) =>
        as(tenant, () =>
          source.transaction(async (manager) => {
            await manager.query('select pg_sleep(0.02)');
            return manager.query<[{ tenant: string }]>(
              `select current_setting('rowguard.tenant_id') as tenant`,
            );
          }),
        ),
      ),
    );

    expect(answers.map(([row]) => row.tenant)).toEqual(tenants);
  });

  it.each([
    ['cut', () => proxy.cut()],
    ['closed by a proxy that is stopped', () => proxy.closeAll(1012)],
    ['closed politely', () => proxy.closeAll(1000)],
  ])('a WebSocket that is %s fails what is under way, and the next works', async (_, end) => {
    const under = Array.from({ length: 4 }, () =>
      as(ACME, () => errorOf(() => source.query('select pg_sleep(2)'))),
    );
    await pause(150);
    end();

    for (const error of await Promise.all(under)) expect(isConnectionError(error)).toBe(true);
    // Connections that were idle hear of it a moment later.
    await pause(50);
    expect(await as(ACME, () => source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('a WebSocket that is cut while idle is replaced', async () => {
    await as(ACME, () => source.query('select 1'));
    proxy.cut();
    await pause(50);

    expect(await as(ACME, () => source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('generated operations never cross a tenant', async () => {
    const report = await runMatrix(400, {
      strategy: 'serverless',
      serverless: { proxy: proxy.url },
    });

    expect(faultsIn(report)).toEqual([]);
  });
});

describe('a WebSocket that cannot be opened', () => {
  const opening = (proxy: string | ((host: string, port: number) => string)) =>
    createDataSource({
      url: 'postgresql://app:hunter2@127.0.0.1:5432/app',
      strategy: 'serverless',
      serverless: { proxy },
      pool: { acquireTimeoutMs: 2_000 },
    });

  it.each([
    ['where nobody listens', 'ws://127.0.0.1:9'],
    ['where the proxy finds no server', undefined],
  ])('%s is told, with the option to look at and without the password', async (_, address) => {
    const proxy = await WebSocketProxy.start();
    const source = opening(address ?? (() => `${proxy.url}?address=127.0.0.1:9`));

    const error = await errorOf(() => source.initialize());
    await proxy.close();

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(/serverless\.proxy|Look at the server/);
    expect(JSON.stringify([error.message, error])).not.toContain('hunter2');
  });

  it('by a class of the application that fails is told as well', async () => {
    const source = createDataSource({
      url: 'postgresql://app@db.example/app',
      strategy: 'serverless',
      serverless: {
        webSocket: function failing() {
          throw new SyntaxError('no such address');
        } as never,
      },
    });

    const error = await errorOf(() => source.initialize());

    expect(error.message).toContain('no such address');
  });
});
