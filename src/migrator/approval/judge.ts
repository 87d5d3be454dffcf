import type { RunSql } from '../../schema/sql.js';
import type { LintFinding } from '../lint/finding.js';
import { lintMigrations } from '../lint/lint-migrations.js';
import type { LintOptions } from '../lint/lint-options.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import { liveColumnTypes } from './live-column-types.js';

/** Says what is wrong with migrations; `ask` reads the database that they are for. */
export type Judge = (
  migrations: readonly RecordedMigration[],
  ask?: RunSql,
) => Promise<readonly LintFinding[]>;

/** The rules that come with the package; loaded when there is something to judge. */
export function rulesWith(options: () => LintOptions = () => ({}), asked?: RunSql): Judge {
  return async (migrations, ask = asked) => {
    const live = ask ? { columnType: await liveColumnTypes(ask) } : {};
    return lintMigrations(migrations, { ...live, ...options() });
  };
}
