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
  sendNothing(source, runner);
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

/** Whatever a migration reaches through its runner leads back to it, and not to the database. */
function sendNothing(source: DataSource, runner: RecordingQueryRunner): void {
  const reading = Object.create(source) as DataSource;
  const manager = reading.createEntityManager(runner);
  Object.defineProperties(reading, {
    manager: { value: manager },
    createQueryRunner: { value: () => runner },
    query: { value: (sql: string, parameters?: unknown[]) => runner.query(sql, parameters) },
  });
  Object.assign(runner, { dataSource: reading, manager });
}
