import { existsSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestDatabaseError } from 'nestjs-rowguard';
import { TestDatabase, type TestDatabaseOptions } from 'nestjs-rowguard/testing';
import { SharedServer } from '../../../src/testing/server/shared-server.js';
import { ACME, GLOBEX, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

const seed: TestDatabaseOptions['seed'] = async (source) => {
  await source.query('select 1');
};

describe('a database for tests', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it.each([
    ['the embedded engine', { engine: 'embedded' as const }],
    ['a server', { url: server }],
  ])(
    'of isolation "template" on %s is new for each test',
    async (_, engine) => {
      const options = {
        ...engine,
        entities: SHOP,
        isolation: 'template' as const,
        seed,
        seedKey: 'a',
      };
      const db = await TestDatabase.start(options);
      const labels = db.repository(Label);

      const count = () => db.as(ACME, () => labels.count());
      const first = await db.isolate(async () => {
        await db.as(ACME, () => labels.save({ name: 'urgent' }));
        return count();
      });
      const second = await db.isolate(count);
      const other = await TestDatabase.start(options);
      await db.stop();
      await other.stop();

      expect([first, second]).toEqual([1, 0]);
    },
    120_000,
  );

  it('logs in as no more than a tenant, whose database and login go with it', async () => {
    const db = await TestDatabase.start({ url: server, entities: SHOP });

    const [me] = await db.as(ACME, () =>
      db.source.query<{ login: string; super: boolean }[]>(
        'select session_user::text as login, rolsuper as super from pg_roles where rolname = session_user',
      ),
    );
    await db.stop();

    expect(me).toMatchObject({ super: false });
    expect(await leftOf(me?.login ?? '')).toEqual([]);
  });

  it('is kept when it is asked to, and says where without a password', async () => {
    const db = await TestDatabase.start({ url: server, entities: SHOP });
    await db.as(GLOBEX, () => db.repository(Label).save({ name: 'look at me' }));
    db.keep();
    await db.stop();

    expect(db.address).not.toContain(new URL(server).password);
    const kept = new URL(server);
    kept.pathname = new URL(db.address).pathname;
    const rows = await ask(kept.toString(), 'select name from labels');
    await ask(server, `drop database ${kept.pathname.slice(1)} with (force)`);
    await ask(server, `drop role ${kept.pathname.slice(1)}`);
    expect(rows).toEqual([{ name: 'look at me' }]);
  });

  it('that a killed process has left behind goes when the next one starts', async () => {
    const name = 'rowguard_test_0123456789ab';
    await ask(server, `create database ${name}`);
    const { hostname } = await import('node:os');
    const note = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 7 });
    await ask(server, `comment on database ${name} is '${note}'`);

    const db = await TestDatabase.start({ url: server, entities: SHOP });
    await db.stop();

    expect(await leftOf(name)).toEqual([]);
  });

  describe('on the server that a run shares', () => {
    let directory = '';

    it('is one of several on one server, which is gone afterwards', async () => {
      const holder = await SharedServer.join();
      ({ directory } = holder);
      const options = { engine: 'server' as const, entities: SHOP };
      const [one, other] = await Promise.all([
        TestDatabase.start(options),
        TestDatabase.start({ ...options, isolation: 'rollback' }),
      ]);
      await one.as(ACME, () => one.repository(Label).save({ name: 'urgent' }));
      const seen = await other.isolate(() => other.as(ACME, () => other.repository(Label).find()));

      expect(new URL(one.address).host).toBe(new URL(other.address).host);
      expect(seen).toEqual([]);
      await one.stop();
      await other.stop();
      expect(existsSync(directory)).toBe(true);
      await holder.leaveAndWait();
      expect(existsSync(directory)).toBe(false);
    }, 120_000);

    afterAll(() => expect(existsSync(directory)).toBe(false));
  });

  it.each([
    [{ engine: 'oracle' }, 'engine'],
    [{ isolation: 'hope' }, 'isolation'],
    [{ engine: 'url' }, 'url'],
    [{ url: 'mysql://elsewhere' }, 'url'],
    [{ url: 'postgres://x y' }, 'url'],
    [{ engine: 'server', url: 'postgresql://here/x' }, 'a server of its own'],
    [{ seed: 'rows.sql' }, 'seed'],
    [{ seedKey: 7 }, 'seedKey'],
    [{ embedded: true }, 'embedded'],
    [{ url: 'postgresql://here/x', replicas: ['postgresql://there/x'] }, 'replicas'],
    [null, 'object'],
  ])('refuses %j', async (options, word) => {
    const failure = await TestDatabase.start(options as never).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(TestDatabaseError);
    expect((failure as Error).message).toContain(word);
  });
});

function leftOf(name: string): Promise<unknown[]> {
  return ask(
    server,
    `select datname from pg_database where datname = '${name}'
     union all select rolname from pg_roles where rolname = '${name}'`,
  );
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
