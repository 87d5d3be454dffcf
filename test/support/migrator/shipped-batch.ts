import { createDataSource } from 'nestjs-rowguard';
import { recordSource } from '../../../src/migrator/recording/record-source.js';
import type { RecordedMigration } from '../../../src/migrator/recording/recorded-migration.js';

/** Every migration that the package ships, as a database without any of them would get them. */
export async function shippedBatch(): Promise<readonly RecordedMigration[]> {
  const source = createDataSource({ schema: 'all', embedded: 'memory' });
  await source.describe();
  return recordSource(source);
}
