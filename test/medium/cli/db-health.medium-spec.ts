import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDbConnection } from 'nestjs-rowguard';
import { CutCable } from '../../support/cut-cable.js';
import { cli } from '../../support/cli-run.js';
import { freePort } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';
import { createDataSource } from 'nestjs-rowguard';

let database: ScratchDatabase;
let away: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await ScratchDatabase.create();
  const url = new URL(database.url);
  url.port = String(await freePort());
  away = url.toString();
  const source = createDataSource({ url: database.url, entities: SHOP });
  await source.initialize();
  await source.destroy();
});
afterAll(() => database.drop());

const at = (url: string) => ({ environment: { DATABASE_URL: url } });

describe('rowguard db:health', () => {
  it('says that the database is up', async () => {
    const { exitCode, stdout } = await cli(['db:health'], at(database.url));

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^up\nanswered in [\d.]+ ms\nrow-level security held\n/);
  });

  it('tells the same as data, which names no place', async () => {
    const { exitCode, stdout } = await cli(['db:health', '--json'], at(database.url));

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'db:health',
      ok: true,
      data: { status: 'up', reasons: [], isolation: 'held' },
    });
    expect(stdout).not.toMatch(/127\.0\.0\.1|postgres|rg_/);
  });

  it('says what is not as it should be, and is content with it', async () => {
    const environment = { DATABASE_URL: database.url };
    const open = await database.asOwner(async (client) => {
      await client.query('begin');
      await pause(50);
      // Long by the measure of this data source alone.
      process.env['HEALTH_URL'] = database.url;
      return cli(['db:health', '-d', 'test/medium/cli/fixtures/impatient.data-source.ts'], {
        environment,
      });
    });

    expect(open.exitCode).toBe(0);
    expect(open.stdout).toMatch(/^degraded: long-transactions, idle-in-transaction\n/);
  });

  it('exits with 7 where nothing answers', async () => {
    const { exitCode, stderr } = await cli(['db:health'], at(away));

    expect(exitCode).toBe(7);
    expect(stderr).toContain('[ROWGUARD_DATABASE_UNAVAILABLE]');
  });
});

describe('rowguard db:wait', () => {
  it('returns at once where the database answers', async () => {
    const { exitCode, stdout } = await cli(['db:wait', '--json'], at(database.url));

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ data: { attempts: 1 } });
  });

  it('waits for one that comes later', async () => {
    const cable = await CutCable.lay(database.url);
    const { port } = new URL(cable.url);
    await cable.close();
    const waiting = cli(['db:wait', '--timeout', '20', '--json'], at(cable.url));
    await pause(700);
    const again = await CutCable.lay(database.url, Number(port));
    const { exitCode, stdout } = await waiting;
    await again.close();

    expect(exitCode).toBe(0);
    const { data } = JSON.parse(stdout) as { data: { attempts: number } };
    expect(data.attempts).toBeGreaterThan(1);
  });

  it('gives up after its time, also where connections are taken and nothing is said', async () => {
    const cable = await CutCable.lay(database.url);
    cable.cut();
    try {
      for (const url of [away, cable.url]) {
        const begun = performance.now();
        const { exitCode } = await cli(['db:wait', '--timeout', '1'], at(url));
        expect(exitCode).toBe(7);
        expect(performance.now() - begun).toBeLessThan(2_000);
      }
    } finally {
      cable.mend();
      await cable.close();
    }
  });

  it.each(['soon', '-1', '1.5', ''])('refuses to wait for %j seconds', async (seconds) => {
    const { exitCode, stderr } = await cli([`db:wait`, `--timeout=${seconds}`], at(database.url));

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--timeout');
  });
});

describe('testDbConnection', () => {
  it('is true where the database answers, by its address or by options', async () => {
    await expect(testDbConnection(database.url)).resolves.toBe(true);
    await expect(testDbConnection({ url: database.url })).resolves.toBe(true);
    await expect(testDbConnection({ embedded: 'memory', url: undefined })).resolves.toBe(true);
  });

  it('changes nothing', async () => {
    const empty = await ScratchDatabase.create();
    await testDbConnection(empty.url);
    const { rows } = await empty.asOwner((client) =>
      client.query("select 1 from pg_class where relnamespace = 'public'::regnamespace"),
    );
    await empty.drop();

    expect(rows).toEqual([]);
  });

  it('says what is wrong where nothing answers, and never the password', async () => {
    await expect(testDbConnection(away)).rejects.toMatchObject({
      code: 'ROWGUARD_DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/^Nobody listens at (?!.*secret)/),
    });
  });

  it('names the refusal of a login', async () => {
    const wrong = database.urlFor('postgres', 'hunter2');

    await expect(testDbConnection(wrong)).rejects.toMatchObject({
      message: expect.stringMatching(/^The server at \S+ refused the login(?!.*hunter2)/),
    });
  });

  it.each(['', ' ', 'mysql://a@b/c', { url: 7 }, { tenant: 'x' }, null, 5])(
    'refuses %j, before anything is connected',
    async (given) => {
      await expect(testDbConnection(given as never)).rejects.toMatchObject({
        code: 'ROWGUARD_OPTIONS_INVALID',
      });
    },
  );
});
