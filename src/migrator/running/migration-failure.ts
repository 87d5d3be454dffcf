import { MigrationFailedError } from '../../errors/migration-failed.error.js';
import { getSqlState } from '../../errors/violations.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import { type Session, describeSession } from './session.js';

const NO_LOCK = '55P03';

export function migrationFailed(
  { name, direction }: RecordedMigration,
  cause: unknown,
  blockers: readonly Session[],
): MigrationFailedError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const who = blockers.map(describeSession).join('; ');
  const isBlocked = getSqlState(cause) === NO_LOCK;
  return new MigrationFailedError({
    problem: `The migration ${name} (${direction}) stopped: ${message.replace(/\.$/, '')}${who ? `; in its way: ${who}` : ''}`,
    mend: isBlocked
      ? 'Run it again when the transactions that hold its tables are over'
      : 'Mend what it says and run it again; what was done in a transaction has been undone, and rowguard migration:show tells of anything else',
    cause,
    given: { migration: name, direction, blockers: blockers.map(({ pid }) => pid) },
  });
}
