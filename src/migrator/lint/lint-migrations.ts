import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { LintFinding } from './finding.js';

/** Holds what migrations send against the rules. */
export async function lintMigrations(
  _migrations: readonly RecordedMigration[],
): Promise<readonly LintFinding[]> {
  return Promise.resolve([]);
}
