import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type DatabaseHealth,
  type DatabaseModuleOptions,
  type RowguardDataSource,
  checkHealth,
  createDataSource,
} from 'nestjs-rowguard';
import { TenantClient } from '../../../src/connection/tenant-client.js';
import type { TenantPool } from '../../../src/connection/tenant-pool.js';
import { openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

const TIMEOUT_MS = 300;
const SLACK_MS = 300;
const HEALTH = { timeoutMs: TIMEOUT_MS, cacheMs: 0 };
/** Addresses that belong to nobody: packets to them are swallowed, or refused by the first router. */
const NOBODY = 'postgresql://app:pw@192.0.2.1:5432/app';

const behindPooler = pgBouncerIsMissing() ? describe.skip : describe;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  jest.restoreAllMocks();
});

interface Opened {
  readonly database: ScratchDatabase;
  readonly source: RowguardDataSource;
  readonly login: { readonly name: string; readonly url: string };
}

/** With a login of the application of its own, for the faults that only it may have. */
async function shop(options: DatabaseModuleOptions = {}): Promise<Opened> {
  const database = await ScratchDatabase.create();
  const login = await database.createLogin();
  const source = createDataSource({
    url: login.url,
    adminUrl: database.url,
    entities: SHOP,
    health: HEALTH,
    ...options,
  });
  await source.initialize();
  closing.push(async () => {
    if (source.isInitialized) await source.destroy();
    await database.drop();
  });
  return { database, source, login };
}

/** The answer, which has to come in its time and to name nobody. */
async function asked(source: RowguardDataSource, fresh = false): Promise<DatabaseHealth> {
  const begun = performance.now();
  const health = await checkHealth(source, { fresh });
  expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  expect(JSON.stringify(health)).not.toMatch(/rg_|127\.0\.0\.1|192\.0|postgres|password|role/);
  return health;
}

const DOWN = { status: 'down', reasons: ['no-answer'] };

function cutAll({ database, login }: Opened): Promise<unknown> {
  return database.asOwner((client) =>
    client.query(
      `select pg_terminate_backend(pid, 3000) from pg_stat_activity where usename = $1`,
      [login.name],
    ),
  );
}

/** Takes connections, and answers nobody. */
async function silentServer(): Promise<{ readonly url: string; readonly open: () => number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    // Otherwise nobody would notice that the other side has gone.
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { url: `postgresql://app:pw@127.0.0.1:${port}/app`, open: () => sockets.size };
}

/** From here on what is opened outside of the pools goes to this address. */
function detour(source: RowguardDataSource, url: string): void {
  const { master } = source.driver as unknown as { master: TenantPool };
  const { plan } = source;
  jest
    .spyOn(master, 'outside')
    .mockImplementation(() => new TenantClient({ connectionString: url, plan, serves: 'tenants' }));
}

async function until(isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 2_000;
  while (!isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return isSo();
}

describe('health is told in time', () => {
  it('where a server takes the connection and says nothing, and leaves none behind', async () => {
    const { source } = await shop();
    const { url, open } = await silentServer();
    detour(source, url);

    for (let look = 0; look < 3; look++) await expect(asked(source)).resolves.toMatchObject(DOWN);

    jest.restoreAllMocks();
    await source.destroy();
    await expect(until(() => open() === 0)).resolves.toBe(true);
  });

  it('where nobody is at the address, whatever the network makes of that', async () => {
    const { source } = await shop();
    detour(source, NOBODY);

    for (let look = 0; look < 2; look++) await expect(asked(source)).resolves.toMatchObject(DOWN);
  });

  it('where the data source is closed in the middle of the question', async () => {
    const { source } = await shop({ health: { ...HEALTH, timeoutMs: 5_000 } });
    const { url, open } = await silentServer();
    detour(source, url);
    const begun = performance.now();

    const asking = Promise.all([checkHealth(source), checkHealth(source, { fresh: true })]);
    await until(() => open() > 0);
    await source.destroy();

    for (const health of await asking) expect(health.status).toBe('down');
    expect(performance.now() - begun).toBeLessThan(3_000);
    await expect(until(() => open() === 0)).resolves.toBe(true);
  });

  it('after the password was changed: up as long as it works, down once it does not', async () => {
    const opened = await shop();
    const { source, database, login } = opened;
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
    const change = (word: string) =>
      database.asOwner((client) => client.query(`alter role ${login.name} password '${word}'`));

    await change('another');
    const before = await asked(source);
    await cutAll(opened);
    const after = [await asked(source), await asked(source, true)];
    await change('pw');

    expect(before).toMatchObject({ status: 'up' });
    for (const health of after) expect(health).toMatchObject(DOWN);
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
  });

  it('after the database was dropped', async () => {
    const { source, database } = await shop();
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
    const elsewhere = await ScratchDatabase.create();
    closing.push(() => elsewhere.drop());

    await elsewhere.asOwner((client) =>
      client.query(`drop database ${database.name} with (force)`),
    );
    const health = [await asked(source), await asked(source, true)];
    await elsewhere.asOwner((client) => client.query(`create database ${database.name}`));

    for (const one of health) expect(one).toMatchObject(DOWN);
  });

  it('where the server takes no more: degraded with connections at hand, down without', async () => {
    const opened = await shop();
    const { source, database, login } = opened;
    const limit = (most: number) =>
      database.asOwner((client) =>
        client.query(`alter role ${login.name} connection limit ${most}`),
      );
    await as(ACME, () => source.query('select 1'));
    await limit(0);

    const busy = await asked(source);
    await as(ACME, () => source.query('select 1'));
    await cutAll(opened);
    await expect(asked(source)).resolves.toMatchObject(DOWN);
    await limit(-1);

    expect(busy).toMatchObject({ status: 'degraded', reasons: ['server-full'] });
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
  });

  it('and the data source closes, while a store of backups answers nobody', async () => {
    const backup = { lastAt: () => new Promise<Date>(() => undefined) };
    const { source } = await shop({ health: { ...HEALTH, backup } });

    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
    const begun = performance.now();
    await source.destroy();

    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

behindPooler('health behind a pooler that has nothing left', () => {
  it('is down in time, and up again when there is something', async () => {
    const pooled = await openPooledShop({ health: HEALTH, pool: { max: 3 } }, 1);
    closing.push(() => pooled.close());
    const { source } = pooled;
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });

    const during = await as(ACME, () =>
      source.transaction(async () => {
        await source.query('select 1');
        return [await asked(source), await asked(source, true)];
      }),
    );

    for (const health of during) expect(health).toMatchObject(DOWN);
    await expect(asked(source)).resolves.toMatchObject({ status: 'up' });
    await expect(as(ACME, () => source.query('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  });
});
