import type { RecordedMigration } from '../../../src/migrator/recording/recorded-migration.js';

export interface Script {
  readonly sql: readonly string[];
  readonly transaction?: boolean;
}

const FIRST = 1_790_000_000_000;

/** Migrations as the recorder would hand them over, one after the other. */
export function recorded(scripts: readonly Script[]): RecordedMigration[] {
  return scripts.map(({ sql, transaction = true }, at) => ({
    name: `Step${FIRST + at}`,
    timestamp: FIRST + at,
    direction: 'up',
    statements: sql.map((one) => ({ sql: one })),
    transaction,
    isDynamic: false,
  }));
}

export function migration(...sql: string[]): RecordedMigration[] {
  return recorded([{ sql }]);
}
