import { MigrationBlockedError } from '../../errors/migration-blocked.error.js';
import type { LintFinding } from '../lint/finding.js';
import { shortHash } from '../recording/checksum.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { ReadMigration } from '../recording/read-migrations.js';
import { type Approval, approvalFor } from './approvals.js';
import type { Judge } from './judge.js';

/** A pending migration, with what it would lose and who has agreed to that. */
export interface JudgedMigration extends ReadMigration {
  readonly destroys: readonly LintFinding[];
  readonly approval: Approval | undefined;
}

/** The rule that a migration breaks by asking the database, whatever it sends then. */
const ASKS = 'D14';

/** In a transaction it can still be undone when it is known what it sends. */
export function isReadOnTheWay({ transaction, isDynamic, stoppedBy }: RecordedMigration): boolean {
  return transaction && (isDynamic || stoppedBy !== undefined);
}

export async function judged(
  pending: readonly ReadMigration[],
  judge: Judge,
  approvals: readonly Approval[],
  trusted: ReadonlySet<string>,
): Promise<readonly JudgedMigration[]> {
  const asked = pending.filter(({ recorded }) => !trusted.has(recorded.name));
  const findings = asked.length > 0 ? await judge(asked.map(({ recorded }) => recorded)) : [];
  return pending.map((one) => ({
    ...one,
    destroys: findings.filter(
      ({ rule, severity, migration }) =>
        severity === 'destructive' &&
        migration === one.recorded.name &&
        !(rule === ASKS && isReadOnTheWay(one.recorded)),
    ),
    approval: approvalFor(approvals, one.recorded.name, one.checksum),
  }));
}

export function waits({ destroys, approval }: JudgedMigration): boolean {
  return destroys.length > 0 && approval === undefined;
}

/** How the approval would be written. */
export function approvalText({ recorded, checksum }: ReadMigration): string | undefined {
  return checksum === null ? undefined : `${recorded.name}@${shortHash(checksum)}`;
}

export function blocked(waiting: readonly JudgedMigration[]): MigrationBlockedError {
  const texts = waiting.map((one) => approvalText(one) ?? `${one.recorded.name} (no hash)`);
  const steady = waiting.every(({ checksum }) => checksum !== null);
  return new MigrationBlockedError({
    problem: `Migrations that lose data wait for an approval: ${waiting.map(whatItLoses).join('; ')}`,
    mend: steady
      ? `Read them (rowguard migration:show --pending); then approve exactly this text: --approve ${texts.join(' --approve ')}, or ROWGUARD_APPROVE=${texts.join(',')}`
      : `What these send differs each time, so that nothing can be approved: ${waiting
          .filter(({ checksum }) => checksum === null)
          .map(({ recorded }) => recorded.name)
          .join(', ')}. Let them send the same each time, without the clock or random values`,
    given: { migrations: waiting.map(({ recorded }) => recorded.name) },
  });
}

function whatItLoses({ recorded, destroys }: JudgedMigration): string {
  return `${recorded.name} (${destroys.map(({ rule, problem }) => `${rule} ${problem}`).join(', ')})`;
}
