import type { DataSource, Migration } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Direction, RecordedMigration } from './recorded-migration.js';
import { RecordingQueryRunner } from './recording-query-runner.js';

/** Reads what a migration would send, without a database. */
export async function recordMigration(
  source: DataSource,
  migration: Migration,
  direction: Direction = 'up',
): Promise<RecordedMigration> {
  const runner = new RecordingQueryRunner(source.driver as PostgresDriver, 'master');
  const { name, timestamp, instance } = migration;
  let stoppedBy: Error | undefined;
  try {
    await instance?.[direction](runner);
  } catch (error) {
    stoppedBy = error instanceof Error ? error : new Error(String(error));
  }
  return {
    name,
    timestamp,
    direction,
    statements: runner.statements,
    transaction: instance?.transaction !== false,
    isDynamic: runner.asked,
    ...(stoppedBy ? { stoppedBy } : {}),
  };
}
