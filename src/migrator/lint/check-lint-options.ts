import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import { SEVERITIES } from './finding.js';
import type { LintOptions } from './lint-options.js';

/** Options come from configuration files, where nobody compiles them. */
export function checkLintOptions(
  migrations: readonly RecordedMigration[],
  { severities = {}, ignores = [], rules = [], smallTables = [], startAfter }: LintOptions,
): void {
  const known = [...SEVERITIES, 'off'];
  for (const [rule, severity] of Object.entries(severities)) {
    if (!known.includes(severity)) {
      throw refused(
        `The severity ${JSON.stringify(severity)} of the rule ${rule} is not known`,
        `Use one of ${known.join(', ')}`,
      );
    }
  }
  for (const ignore of ignores) {
    const texts = [ignore.migration, ignore.rule, ignore.reason];
    if (texts.some((text) => typeof text !== 'string')) {
      throw refused(
        'An ignore of a rule lacks its migration, its rule or its reason',
        'Give all three as text',
      );
    }
  }
  if (rules.some((rule) => typeof rule !== 'function')) {
    throw refused(
      'A rule of your own is not a function',
      'Give functions (statement, context) => findings',
    );
  }
  if (smallTables.some((table) => typeof table !== 'string' || table === '')) {
    throw refused(
      'A small table has no name',
      'Give the names of tables, with or without their schema',
    );
  }
  if (startAfter !== undefined && Number.isNaN(timestampOf(startAfter, migrations))) {
    throw refused(
      `The migration ${JSON.stringify(startAfter)} of startAfter is not known`,
      'Give the name of a migration, or its timestamp',
    );
  }
}

/** It ran before anybody judged migrations. */
export function isHistory(
  migration: RecordedMigration,
  migrations: readonly RecordedMigration[],
  { startAfter, isHistory: decides }: LintOptions,
): boolean {
  if (decides?.(migration)) return true;
  return startAfter !== undefined && migration.timestamp <= timestampOf(startAfter, migrations);
}

function timestampOf(given: string | number, migrations: readonly RecordedMigration[]): number {
  if (typeof given === 'number') return given;
  const known = migrations.find(({ name }) => name === given)?.timestamp;
  return known ?? Number(/\d{13}$/.exec(given)?.[0] ?? Number.NaN);
}

function refused(problem: string, mend: string): InvalidInputError {
  return new InvalidInputError({ problem, mend });
}
