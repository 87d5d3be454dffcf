import type { LintFinding } from '../lint/finding.js';
import type { LintOptions } from '../lint/lint-options.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';

/** Says what is wrong with migrations. */
export type Judge = (migrations: readonly RecordedMigration[]) => Promise<readonly LintFinding[]>;

/** The rules that come with the package; loaded when there is something to judge. */
export function rulesWith(options: LintOptions = {}): Judge {
  return async (migrations) => {
    const { lintMigrations } = await import('../lint/lint-migrations.js');
    return lintMigrations(migrations, options);
  };
}
