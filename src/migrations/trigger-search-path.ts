import type { QueryRunner } from 'typeorm';
import { quoteName } from '../schema/sql.js';

/**
 * What a trigger function sees, whoever sets it off: the catalog before the schema of the tables, and
 * temporary tables last, so that no name can be put in front of ours.
 */
export async function triggerSearchPath(runner: QueryRunner): Promise<string> {
  const [row] = (await runner.query('SELECT current_schema() AS schema')) as { schema: string }[];
  return `pg_catalog, ${quoteName(row?.schema ?? 'public')}, pg_temp`;
}
