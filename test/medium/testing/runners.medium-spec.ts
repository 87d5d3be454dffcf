import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { useTestDatabase } from 'nestjs-rowguard/testing';
import { PostgresServer } from '../../support/postgres-server.js';

const FIXTURES = resolve('test/medium/testing/fixtures');
const JEST = resolve('node_modules/jest/bin/jest.js');
/** Of its own, since what is left on it is counted. */
let postgres: PostgresServer;
let server: string;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** The package as it is shipped, in the hands of a runner of tests. */
describe('tests of an application', () => {
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    server = postgres.url;
  }, 60_000);
  afterAll(() => postgres.stop());

  it.each([
    ['a server', () => ({ SERVER: server })],
    ['the embedded engine', () => ({})],
  ])(
    'pass under node:test on %s',
    async (_, env: () => Record<string, string>) => {
      const ended = await nodeTest(env());

      expect(ended).toMatchObject({ code: 0, output: expect.stringContaining('# pass 3') });
      expect(await databases()).toEqual([]);
    },
    60_000,
  );

  it('that fail under node:test leave their database, and its name', async () => {
    const ended = await nodeTest({ SERVER: server, FAILS: '1' });
    const kept = await databases();
    await dropAll();

    expect(ended.code).toBe(1);
    expect(kept).toHaveLength(1);
    expect(ended.output).toContain(`/${kept[0]}`);
    expect(ended.output).not.toContain(new URL(server).password);
  }, 120_000);

  it('pass under Jest, and leave nothing', async () => {
    const ended = await jestTest({ SERVER: server });

    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining('3 passed') });
    expect(await databases()).toEqual([]);
  }, 120_000);

  it('that fail under Jest leave their database, where its environment notes failures', async () => {
    const ended = await jestTest({ SERVER: server, FAILS: '1' });
    const kept = await databases();
    await dropAll();

    expect(ended.code).toBe(1);
    expect(kept).toHaveLength(1);
    expect(ended.output).toContain(`/${kept[0]}`);
  }, 120_000);

  it('share one server under Jest, which its global set-up holds for all workers', async () => {
    const place = mkdtempSync(join(tmpdir(), 'rowguard-runners-'));
    chmodSync(place, 0o755);
    const told = join(place, 'told.txt');
    const [globalSetup, globalTeardown] = ['setup', 'teardown'].map(
      (name) => `${FIXTURES}/global-${name}.js`,
    );
    const more = { testRegex: 'shared-test\\.js$', globalSetup, globalTeardown };
    const env = { TOLD: told, ROWGUARD_TEST_DIRECTORY: place };
    const ended = await jestTest(env, more, ['--maxWorkers', '2']);
    const lines = readFileSync(told, 'utf8').trim().split('\n');
    const left = readdirSync(place);
    rmSync(place, { recursive: true });

    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining('4 passed') });
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(2);
    expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(1);
    expect(left).toEqual(['told.txt']);
  }, 120_000);

  it('hear what is missing where a runner has no hooks, or the database is asked for too early', () => {
    const nothing = () => undefined;
    const hooks = {
      beforeAll: nothing,
      beforeEach: nothing,
      afterEach: nothing,
      afterAll: nothing,
    };

    expect(() => useTestDatabase({}, {})).toThrow('hooks of the test runner');
    expect(() => useTestDatabase({}, hooks)()).toThrow('before the tests have begun');
  });
});

function nodeTest(env: Record<string, string>): Promise<Ended> {
  const file = resolve(FIXTURES, 'notes.node-test.js');
  return run(['--test', '--test-reporter=tap', file], env);
}

function jestTest(
  env: Record<string, string>,
  more: object = {},
  workers: readonly string[] = ['--runInBand'],
): Promise<Ended> {
  const config = {
    rootDir: FIXTURES,
    testRegex: 'jest-test\\.js$',
    transform: {},
    testEnvironment: `${FIXTURES}/jest-environment.js`,
    ...more,
  };
  const options = ['--config', JSON.stringify(config), '--ci', '--no-cache', ...workers];
  return run(['--experimental-vm-modules', '--no-warnings', JEST, ...options], env);
}

function run(parameters: string[], env: Record<string, string>): Promise<Ended> {
  const home = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(process.execPath, parameters, {
    env: { ...home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((done) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (output += part.toString()));
    child.once('close', (code) => done({ code, output }));
  });
}

async function databases(): Promise<string[]> {
  return asAdmin(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database where datname like 'rowguard_test_%'`,
    );
    return rows.map(({ name }) => name);
  });
}

async function dropAll(): Promise<void> {
  const names = await databases();
  await asAdmin(async (client) => {
    for (const name of names) {
      await client.query(`drop database if exists ${name} with (force)`);
      await client.query(`drop role if exists ${name}`);
    }
  });
}

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
