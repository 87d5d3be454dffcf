import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestDatabase, type TestDatabaseOptions } from 'nestjs-rowguard/testing';
import { onServer, withDatabase } from '../../../src/testing/database/admin.js';
import { ServerTemplates } from '../../../src/testing/database/server-templates.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { ACME, Country, Label, SHOP } from '../../support/shop.js';

const KEY = '0123456789abcdef01234567';
const DAYS_MS = 2 * 86_400_000;

const seed: TestDatabaseOptions['seed'] = async (source) => {
  await source.manager.insert(Country, { code: 'AT' });
};

describe('tests with a copy of a prepared database each', () => {
  /** Of its own, since what is left on it is counted. */
  let postgres: PostgresServer;

  const names = (pattern: string): Promise<string[]> =>
    onServer(postgres.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select datname as name from pg_database where datname ~ $1
         union all select rolname from pg_roles where rolname ~ $1`,
        [pattern],
      );
      return rows.map(({ name }) => name);
    });

  beforeAll(async () => {
    Logger.overrideLogger(false);
    postgres = await PostgresServer.start();
  }, 60_000);
  afterAll(() => postgres?.stop());

  it.each([
    ['the embedded engine', () => ({ engine: 'embedded' as const })],
    ['a server', () => ({ url: postgres.url })],
  ])(
    'find it new on %s, as it was seeded, with what they have done to its tables',
    async (_, engine) => {
      const options = { ...engine(), entities: SHOP, isolation: 'template' as const, seed };
      const db = await TestDatabase.start(options);
      const labels = db.repository(Label);
      const counts = async () => [
        await db.as(ACME, () => labels.count()),
        await db.asSystem(() => db.repository(Country).count()),
      ];
      const one = () =>
        db.isolate(async () => {
          const before = await counts();
          await db.as(ACME, () => labels.save({ name: 'urgent' }));
          await db.asSystem(() => db.source.query('delete from countries'));
          return [...before, ...(await counts())];
        });
      const seen = [await one(), await one(), await one()];
      await db.stop();

      expect(seen).toEqual(Array.from({ length: 3 }, () => [0, 1, 1, 0]));
      await expect(names('^rowguard_test_')).resolves.toEqual([]);
    },
    120_000,
  );

  it.each(['template', 'truncate'] as const)(
    'leave a copy of the first one that is worth a look, with isolation "%s"',
    async (isolation) => {
      const db = await TestDatabase.start({ url: postgres.url, entities: SHOP, isolation });
      for (const name of ['one', 'two']) {
        await db.isolate(async () => {
          await db.as(ACME, () => db.repository(Label).save({ name }));
          db.keep();
        });
      }
      await db.stop();
      const kept = await names('^rowguard_test_');
      const rows = await onServer(withDatabase(postgres.url, kept[0] ?? ''), (client) =>
        client.query('select name from labels'),
      );
      await onServer(postgres.url, (client) => client.query(`drop database ${kept[0]}`));

      expect(kept).toHaveLength(1);
      expect(rows.rows).toEqual([{ name: 'one' }]);
    },
    60_000,
  );

  it('make it once, if eight ask for it at the same time', async () => {
    let prepared = 0;
    const templates = Array.from({ length: 8 }, () => new ServerTemplates(postgres.url));
    const made = await Promise.all(
      templates.map((one) =>
        one.get(KEY, async (url) => {
          prepared++;
          await onServer(url, (client) => client.query('create table only_once ()'));
        }),
      ),
    );

    expect(new Set(made)).toEqual(new Set([`rowguard_tpl_${KEY}`]));
    expect(prepared).toBe(1);
  });

  it('make it anew after somebody who could not finish it', async () => {
    const key = KEY.replace('0', 'f');
    const templates = new ServerTemplates(postgres.url);
    const failed = templates.get(key, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    await onServer(postgres.url, (client) =>
      client.query(`create database rowguard_tpl_${key}_new`),
    );
    await templates.get(key, async () => undefined);

    await expect(names(`^rowguard_tpl_${key}`)).resolves.toEqual([`rowguard_tpl_${key}`]);
  });

  it('drop what nobody has asked for since yesterday, finished or not', async () => {
    const old = JSON.stringify({ usedAt: Date.now() - DAYS_MS });
    const stale = [`rowguard_tpl_${'a'.repeat(24)}`, `rowguard_tpl_${'b'.repeat(24)}_new`];
    await onServer(postgres.url, async (client) => {
      for (const name of stale) {
        await client.query(`create database ${name}`);
        await client.query(`comment on database ${name} is '${old}'`);
      }
    });
    await new ServerTemplates(postgres.url).get('c'.repeat(24), async () => undefined);

    await expect(names('^rowguard_tpl_(a{24}|b{24})')).resolves.toEqual([]);
  });
});
