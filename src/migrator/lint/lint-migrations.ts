import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { LintFinding } from './finding.js';
import type { LintOptions } from './lint-options.js';

/**
 * Judges migrations that are about to run, as one batch in this order. Where only ways down are
 * given, those are judged; given beside the ways up they are only looked for.
 */
export async function lintMigrations(
  migrations: readonly RecordedMigration[],
  options: LintOptions = {},
): Promise<readonly LintFinding[]> {
  // The rules and the parser are a lot to load, and most processes never judge anything.
  const { lintReport } = await import('./lint-report.js');
  const { findings } = await lintReport(migrations, options);
  return findings;
}
