import type { DataSource } from 'typeorm';
import { recordMigration } from './record-migration.js';
import type { Direction, RecordedMigration } from './recorded-migration.js';

/** Reads all migrations of a data source, oldest first; none of them reaches a database. */
export async function recordSource(
  source: DataSource,
  direction: Direction = 'up',
): Promise<RecordedMigration[]> {
  const read: RecordedMigration[] = [];
  for (const instance of source.migrations) {
    const name = instance.name ?? instance.constructor.name;
    const timestamp = Number(name.slice(-13)) || 0;
    read.push(
      await recordMigration(source, { id: 0, name, timestamp, instance } as never, direction),
    );
  }
  return read.toSorted((one, other) => one.timestamp - other.timestamp);
}
