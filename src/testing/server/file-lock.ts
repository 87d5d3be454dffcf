import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from '../database/own-database.js';
import { TestDatabaseError } from '../../errors/test-database.error.js';

const PATIENCE_MS = 90_000;
const POLL_MS = 25;

/** Runs `work` while no other process of this machine does; one that was killed counts as gone. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!take(file)) {
    if (Date.now() > deadline) throw heldFor(file);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    takeAway(file);
    return false;
  }
}

/** Two may find the same stale lock: the slower one must not take that of the faster one away. */
function takeAway(file: string): void {
  const holder = readHolder(file);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readHolder(aside) !== holder) linkSync(aside, file);
  } catch {
    // Gone meanwhile.
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): number | undefined {
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    // Empty for a moment, between making the file and writing it.
    return Number.isInteger(holder) && holder > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}

function heldFor(file: string): TestDatabaseError {
  return new TestDatabaseError({
    problem: `Another process has been starting or ending the server of the tests for ${PATIENCE_MS / 1000} s`,
    mend: `Look what process ${readHolder(file) ?? '?'} does, or delete ${file}`,
  });
}
