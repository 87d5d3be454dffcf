import { accessSync, constants, lstatSync, mkdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { TestDatabaseError } from '../../errors/test-database.error.js';

const IN_MEMORY = '/dev/shm';
/** Containers often have one of 64 MB, which a few databases would fill. */
const ENOUGH_BYTES = 2 ** 30;

/** In memory where that has room: nothing of it has to outlive the run. */
export function roomiestPlace(): string {
  const chosen = process.env['ROWGUARD_TEST_DIRECTORY'];
  if (chosen !== undefined && chosen !== '') return chosen;
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ENOUGH_BYTES ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** The place is shared with other users: what somebody else has put there under our name is not ours. */
export function ownDirectory(directory: string): void {
  // The server may run as another user, who has to pass through.
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const found = lstatSync(directory);
  const isOurs = process.getuid === undefined || found.uid === process.getuid();
  if (found.isDirectory() && isOurs) return;
  throw new TestDatabaseError({
    problem: `${directory} belongs to another user`,
    mend: 'Remove it, or name another folder in ROWGUARD_TEST_DIRECTORY',
  });
}
