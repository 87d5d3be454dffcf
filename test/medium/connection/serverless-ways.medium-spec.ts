import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  DatabaseUnavailableError,
  type RowguardDataSource,
  TenantRepository,
  createDataSource,
  isConnectionError,
} from 'nestjs-rowguard';
import { WebSocket } from 'ws';
import { Authority, type Certificate } from '../../support/certificates.js';
import { openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, INITECH, SHOP } from '../../support/shop.js';
import { WebSocketProxy, plainly } from '../../support/web-socket-proxy.js';

const TENANTS = [ACME, GLOBEX, INITECH] as const;
const ROUNDS = 30;
const GONE = 1001;
const NORMAL = 1000;

Logger.overrideLogger(false);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function proxyOf(identity?: Certificate): Promise<WebSocketProxy> {
  const proxy = await WebSocketProxy.start(identity);
  closing.push(() => proxy.close());
  return proxy;
}

const behindPooler = pgBouncerIsMissing() ? describe.skip : describe;

behindPooler('a pooler behind a WebSocket', () => {
  async function open(options: DatabaseModuleOptions, pooled?: boolean) {
    const proxy = await proxyOf();
    const serverless = { proxy: proxy.url, ...(pooled === undefined ? {} : { pooled }) };
    const shop = await openPooledShop({ strategy: 'serverless', serverless, ...options });
    closing.push(() => shop.close());
    return shop;
  }

  it.each([false, true])(
    'keeps interleaved tenants apart on one backend, signed: %s',
    async (signed) => {
      const { source, bouncer, database } = await open({ tenancy: { signed } }, true);
      const customers = new TenantRepository(Customer, source);
      const one = (at: number) =>
        as(TENANTS[at % 3] as string, () =>
          source.transaction(async () => {
            await customers.insert({ email: `${at}@shop` });
            const [{ pid } = { pid: 0 }] = await source.query<{ pid: number }[]>(
              'select pg_backend_pid() as pid from customers limit 1',
            );
            return { pid, count: await customers.countBy({ email: `${at}@shop` }) };
          }),
        );

      const seen = await Promise.all(Array.from({ length: ROUNDS }, (_, at) => one(at)));
      const own = await Promise.all(TENANTS.map((tenant) => as(tenant, () => customers.count())));
      const left = await database.asOwner((client) =>
        client.query<{ n: number }>('select count(*)::int as n from customers'),
      );

      expect(new Set(seen.map(({ pid }) => pid)).size).toBe(1);
      expect(new Set(seen.map(({ count }) => count))).toEqual(new Set([1]));
      expect(own).toEqual([ROUNDS / 3, ROUNDS / 3, ROUNDS / 3]);
      expect(left.rows).toEqual([{ n: ROUNDS }]);
      expect(bouncer.through(database.url)).toBe(source.databaseOptions.adminUrl);
    },
  );

  it('that nobody has told of is named, with what to say', async () => {
    const error = await errorOf(() => open({}));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(/A pooler in transaction mode .*serverless\.pooled: true/);
  });
});

describe('a WebSocket that does not do as it should', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  async function open(
    serverless: DatabaseModuleOptions['serverless'],
  ): Promise<RowguardDataSource> {
    const source = createDataSource({
      url: database.url,
      strategy: 'serverless',
      serverless: { ...serverless },
      entities: SHOP,
      pool: { acquireTimeoutMs: 5_000 },
    });
    closing.push(async () => {
      if (source.isInitialized) await source.destroy();
    });
    return source.initialize() as Promise<RowguardDataSource>;
  }

  const all = (source: RowguardDataSource) =>
    as(ACME, () =>
      source.query<object[]>("select n, repeat('x', 1000) from generate_series(1, 5000) n"),
    );

  it.each([
    ['cuts the line', (client: WebSocket) => client.terminate()],
    ['says goodbye', (client: WebSocket) => client.close(NORMAL)],
    ['goes away', (client: WebSocket) => client.close(GONE)],
  ])('in the middle of a row and %s, is no answer', async (_, end) => {
    const proxy = await proxyOf();
    const source = await open({ proxy: proxy.url });
    let left = 1_234_567;
    proxy.forward = (client, chunk) => {
      client.send(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      end(client);
    };

    const error = await errorOf(() => all(source));
    proxy.forward = plainly;

    expect(isConnectionError(error)).toBe(true);
    await expect(all(source)).resolves.toHaveLength(5_000);
  });

  it('hands on every byte alone, is answered all the same', async () => {
    const proxy = await proxyOf();
    const source = await open({ proxy: proxy.url });
    proxy.forward = (client, chunk) => {
      for (const byte of chunk) client.send(Buffer.of(byte));
    };

    const rows = await as(ACME, () => source.query('select 1 as one, $1::text as two', ['zwölf']));

    expect(rows).toEqual([{ one: 1, two: 'zwölf' }]);
  });

  it('answers in text, is refused', async () => {
    const proxy = await proxyOf();
    proxy.forward = (client, chunk) => client.send(chunk.toString('latin1'));

    const error = await errorOf(() => open({ proxy: proxy.url }));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(/answered in text.*serverless\.proxy/);
  });
});

describe('a WebSocket with TLS', () => {
  const authority = Authority.create('authority');
  let database: ScratchDatabase;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  /** As the page says for an authority of one's own. */
  class Trusting extends WebSocket {
    constructor(address: string) {
      super(address, { ca: authority.certificate });
    }
  }

  async function opened(identity: Certificate, webSocket?: typeof Trusting) {
    const proxy = await proxyOf(identity);
    const source = createDataSource({
      url: `${database.url}?sslmode=require`,
      strategy: 'serverless',
      serverless: { proxy: proxy.url, ...(webSocket ? { webSocket: webSocket as never } : {}) },
      entities: SHOP,
    });
    await source.initialize();
    closing.push(() => source.destroy());
    return as(ACME, () => source.query('select 1 as one'));
  }

  it('is trusted with the authority that vouches for it', async () => {
    const rows = await opened(authority.issue(['localhost']), Trusting);

    expect(rows).toEqual([{ one: 1 }]);
  });

  it.each([
    ['nobody vouches for', authority.issue(['localhost']), undefined],
    ['is made out to another name', authority.issue(['elsewhere.example']), Trusting],
    ['has expired', authority.issue(['localhost'], [], -1), Trusting],
  ])('that %s is not talked to', async (_, identity, webSocket) => {
    const error = await errorOf(() => opened(identity, webSocket));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(/certificate|altnames/);
  });
});

describe('on a Node that has a WebSocket of its own', () => {
  it('no other is needed, and long answers, cuts and the end are as with any', async () => {
    const database = await ScratchDatabase.create();
    closing.push(() => database.drop());
    const proxy = await proxyOf();
    const child = spawn(
      process.execPath,
      [
        ...(Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-websocket'] : []),
        resolve('test/support/standard-web-socket.js'),
        database.url,
        proxy.url,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let errors = '';
    child.stderr.on('data', (part: Buffer) => (errors += String(part)));
    child.stdout.on('data', (part: Buffer) => {
      output += String(part);
      if (output === 'sleeping\n') setTimeout(() => proxy.cut(), 200);
    });
    const [code] = (await once(child, 'close')) as [number];

    expect([
      code,
      errors.replaceAll(/^.*(?:ExperimentalWarning|--trace-warnings).*\n/gm, ''),
    ]).toEqual([0, '']);
    expect(JSON.parse(output.split('\n')[1] ?? '{}')).toEqual({
      rows: 50_000,
      letters: 5_000_000,
      isCut: true,
      one: 1,
      isStandard: true,
    });
  });
});
