import type { LintFinding } from '../lint/finding.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';

export type Judge = (migrations: readonly RecordedMigration[]) => Promise<readonly LintFinding[]>;

/** Loaded only where something is judged: the parser of PostgreSQL comes with it. */
const RULES = '../lint/lint-migrations.js';

export const judgeByRules: Judge = async (migrations) => {
  const { lintMigrations } = (await import(RULES)) as { readonly lintMigrations: Judge };
  return lintMigrations(migrations);
};
