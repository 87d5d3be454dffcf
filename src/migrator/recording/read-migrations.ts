import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, Migration } from 'typeorm';
import { checksumOf } from './checksum.js';
import { recordMigration } from './record-migration.js';
import type { Direction, RecordedMigration } from './recorded-migration.js';

/** The clock has to move on between two readings. */
const APART_MS = 2;

/** A migration with what it would send, and the hash of that. */
export interface ReadMigration {
  readonly migration: Migration;
  readonly recorded: RecordedMigration;
  /** Null where it sends something else each time, such as the time of day: it cannot be checked. */
  readonly checksum: string | null;
}

/** Reads each migration twice: what differs of itself cannot be told from an edit. */
export async function readMigrations(
  source: DataSource,
  migrations: readonly Migration[],
  direction: Direction = 'up',
): Promise<readonly ReadMigration[]> {
  const first = await recordAll(source, migrations, direction);
  await pause(APART_MS);
  const second = await recordAll(source, migrations, direction);
  return migrations.map((migration, at) => {
    const recorded = first[at] as RecordedMigration;
    const checksum = checksumOf(recorded);
    const isSteady = checksum === checksumOf(second[at] as RecordedMigration);
    return { migration, recorded, checksum: isSteady ? checksum : null };
  });
}

/** One after the other: they may share what they are made of. */
async function recordAll(
  source: DataSource,
  migrations: readonly Migration[],
  direction: Direction,
): Promise<readonly RecordedMigration[]> {
  const all: RecordedMigration[] = [];
  for (const migration of migrations) all.push(await recordMigration(source, migration, direction));
  return all;
}
