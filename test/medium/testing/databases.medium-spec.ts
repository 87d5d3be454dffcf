import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestDatabaseError } from 'nestjs-rowguard';
import { TestDatabase } from 'nestjs-rowguard/testing';
import { ACME, GLOBEX, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

describe('a database for tests', () => {
  beforeAll(() => Logger.overrideLogger(false));

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

  it('that a killed process has left behind goes when the next one starts, unless it is in use', async () => {
    const [left, used] = ['rowguard_test_0123456789ab', 'rowguard_test_ba9876543210'];
    const note = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 7 });
    for (const name of [left, used]) {
      await ask(server, `create database ${name}`);
      await ask(server, `comment on database ${name} is '${note}'`);
      await ask(server, `create role ${name} login`);
    }
    const address = new URL(server);
    address.pathname = used;
    const user = new pg.Client({ connectionString: address.toString() });
    await user.connect();

    const db = await TestDatabase.start({ url: server, entities: SHOP });
    await db.stop();
    const rows = await user.query('select 1');
    const after = [await leftOf(left), await leftOf(used)];
    await user.end();
    // From here on whoever starts next, in another file, may sweep it.
    await ask(server, `drop database if exists ${used}`);
    await ask(server, `drop role if exists ${used}`);

    expect(rows.rowCount).toBe(1);
    expect(after).toEqual([[], [{ datname: used }, { datname: used }]]);
  });

  it("is never that of the environment, which is an application's", async () => {
    process.env['DATABASE_URL'] = 'postgresql://nobody@127.0.0.1:1/production';
    const db = await TestDatabase.start({ url: server, entities: SHOP }).finally(() => {
      delete process.env['DATABASE_URL'];
    });
    await db.stop();

    expect(new URL(db.address).host).toBe(new URL(server).host);
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
