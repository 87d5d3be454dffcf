import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { FIXTURES } from '../../support/migrator/fixtures/all-fixtures.js';
import type { Script } from '../../support/migrator/recorded.js';
import { type Proof, type RuleFixture, WORLD } from '../../support/migrator/rule-fixture.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const version = () => Number(process.env['ROWGUARD_TEST_PG'] ?? 0);
const proven = FIXTURES.map((fixture, at) => ({ at, ...fixture }));
const claims = proven.filter(({ proof }) => !('claims' in proof));

describe('what the rules claim, on a server', () => {
  let world: ScratchDatabase;
  let major = version();

  beforeAll(async () => {
    world = await ScratchDatabase.create();
    await world.asOwner(async (client) => {
      for (const sql of WORLD) await client.query(sql);
      const { rows } = await client.query<{ v: number }>(
        `SELECT current_setting('server_version_num')::int / 10000 AS v`,
      );
      major = rows[0]?.v ?? 0;
    });
  });
  afterAll(() => world.drop());

  it.each(claims)('$rule: its bad fixture does what it says ($at)', async (fixture) => {
    if (major < (fixture.since ?? 0)) return;
    const seen = await copyOf(world, (client) => shows(client, fixture, fixture.bad));

    expect(seen).toEqual(expected(fixture.proof));
  });

  it.each(proven)(
    '$rule: its good fixture runs, and loses and rewrites nothing ($at)',
    async (fixture) => {
      if (major < (fixture.since ?? 0)) return;
      const seen = await copyOf(world, (client) => shows(client, fixture, fixture.good));

      expect(seen.failedWith).toBeUndefined();
      expect(seen.lost ?? false).toBe(false);
      expect(seen.rewritten ?? false).toBe(false);
    },
  );

  it('B19, F05: a lock_timeout makes CONCURRENTLY fail and leaves an index that IF NOT EXISTS takes for done', async () => {
    await copyOf(world, async (client, url) => {
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      try {
        await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await other.query('INSERT INTO orders (id) VALUES (1000)');
        await client.query(`SET lock_timeout = '100ms'`);
        const code = await client.query('CREATE INDEX CONCURRENTLY ix_note ON orders (note)').then(
          () => undefined,
          (error: { code: string }) => error.code,
        );
        await other.query('COMMIT');
        await client.query('SET lock_timeout = 0');
        await client.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_note ON orders (note)');
        const { rows } = await client.query(
          `SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_note'::regclass`,
        );

        expect(code).toBe('55P03');
        expect(rows).toEqual([{ indisvalid: false }]);
      } finally {
        await other.end();
      }
    });
  });
});

interface Seen {
  readonly failedWith?: string | undefined;
  readonly lock?: boolean;
  readonly rewritten?: boolean;
  readonly lost?: boolean;
}

function expected(proof: Proof): Seen {
  if ('failsWith' in proof) return { failedWith: proof.failsWith };
  if ('locks' in proof) return { lock: true };
  return 'rewrites' in proof ? { rewritten: true } : { lost: true };
}

/** What happens to a database in the last moment before the last migration commits. */
async function shows(
  client: pg.Client,
  { proof, before = [] }: RuleFixture,
  scripts: readonly Script[],
): Promise<Seen> {
  for (const sql of before) await client.query(sql);
  const first = await filenode(client, proof);
  for (const [at, { sql, transaction = true }] of scripts.entries()) {
    if (transaction) await client.query('BEGIN');
    if (transaction && 'loses' in proof && at === 0)
      expect(await holds(client, proof.loses)).toBe(true);
    for (const text of sql) {
      const code = await client.query(text).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      if (code !== undefined) return { failedWith: code };
    }
    if (at < scripts.length - 1 && transaction) await client.query('COMMIT');
  }
  if ('locks' in proof) return { lock: await locked(client, proof) };
  if ('rewrites' in proof) return { rewritten: (await filenode(client, proof)) !== first };
  return 'loses' in proof ? { lost: !(await holds(client, proof.loses)) } : {};
}

async function holds(client: pg.Client, query: string): Promise<boolean> {
  await client.query('SAVEPOINT asked').catch(() => undefined);
  const { rows } = await client
    .query<{ holds: boolean }>(`SELECT (${query}) AS holds`)
    .catch(() => ({ rows: [] }));
  return rows[0]?.holds === true;
}

async function filenode(client: pg.Client, proof: Proof): Promise<string> {
  if (!('rewrites' in proof)) return '';
  const { rows } = await client.query<{ node: string }>(`SELECT pg_relation_filenode($1) AS node`, [
    proof.rewrites,
  ]);
  return String(rows[0]?.node);
}

async function locked(
  client: pg.Client,
  { locks, table }: { locks: string; table: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = $1::regclass AND mode = $2`,
    [table, locks],
  );
  return (rowCount ?? 0) > 0;
}

/** The fixtures may commit, so that each has a database of its own. */
async function copyOf<T>(
  world: ScratchDatabase,
  work: (client: pg.Client, url: string) => Promise<T>,
): Promise<T> {
  const name = `${world.name}_copy`;
  const server = new URL(world.url);
  server.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: server.toString() });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${world.name}`);
  server.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: server.toString() });
  try {
    await client.connect();
    return await work(client, server.toString());
  } finally {
    await client.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}
