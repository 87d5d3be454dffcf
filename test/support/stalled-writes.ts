import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { type Migrating, migration, openMigrating } from './migrating.js';
import type { ScratchDatabase } from './scratch-database.js';

const WRITERS = 4;
const BETWEEN_WRITES_MS = 5;

const CREATE = migration('CreateHot1700000000001', {
  up: 'create table hot (id serial, at timestamptz)',
});
const ALTER = migration('WidenHot1700000000002', { up: 'alter table hot add more text' });

export interface Stall {
  /** Of each write, in milliseconds, sorted. */
  readonly writes: readonly number[];
  readonly ran: readonly string[];
  readonly tries: number;
}

/** Writes go on while a migration waits for a transaction that has read the table, and stays open. */
export async function stallBehind(
  database: ScratchDatabase,
  openForMs: number,
  lockTimeoutMs?: number,
): Promise<Stall> {
  const migrating = await openMigrating(
    database.url,
    [CREATE, ALTER],
    lockTimeoutMs === undefined ? {} : { lockTimeoutMs },
  );
  try {
    await migrating.migrator.run({ step: 1 });
    return await measured(database, migrating, openForMs);
  } finally {
    await migrating.close();
  }
}

async function measured(
  database: ScratchDatabase,
  { migrator, said }: Migrating,
  openForMs: number,
): Promise<Stall> {
  const writes: number[] = [];
  const work = { isOver: false };
  const reader = await connected(database);
  await reader.query('begin');
  await reader.query('select count(*) from hot');
  const writers = Array.from({ length: WRITERS }, () => writeOn(database, writes, work));
  const running = migrator.run();
  await pause(openForMs);
  await reader.query('commit');
  await reader.end();
  const { ran } = await running;
  work.isOver = true;
  await Promise.all(writers);
  const tries = 1 + said.filter((text) => text.includes('gave way')).length;
  return { writes: writes.toSorted((one, other) => one - other), ran, tries };
}

async function writeOn(
  database: ScratchDatabase,
  writes: number[],
  work: { readonly isOver: boolean },
): Promise<void> {
  const client = await connected(database);
  while (!work.isOver) {
    const started = performance.now();
    await client.query('insert into hot (at) values (now())');
    writes.push(performance.now() - started);
    await pause(BETWEEN_WRITES_MS);
  }
  await client.end();
}

async function connected(database: ScratchDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return client;
}
