import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEngineError } from '../errors/embedded-engine.error.js';

const heldHere = new Set<string>();

/** Two processes on one data directory would destroy it; the engine itself does not look. */
export class DirectoryLock {
  private constructor(
    private readonly directory: string,
    private readonly file: string,
  ) {}

  static take(directory: string): DirectoryLock {
    const file = join(directory, 'process.pid');
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' });
        heldHere.add(directory);
        return new DirectoryLock(directory, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = Number(readFileSync(file, 'utf8'));
        if (isHeld(directory, holder)) throw inUse(directory, holder);
        rmSync(file, { force: true });
      }
    }
    throw inUse(directory, undefined);
  }

  release(): void {
    heldHere.delete(this.directory);
    rmSync(this.file, { force: true });
  }
}

/** In a container every process is number 1: our own number in a file that we did not write is stale. */
function isHeld(directory: string, holder: number): boolean {
  return holder === process.pid ? heldHere.has(directory) : isAlive(holder);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(directory: string, holder: number | undefined): EmbeddedEngineError {
  return new EmbeddedEngineError({
    problem: `The embedded database in ${directory} is in use by process ${holder ?? 'unknown'}`,
    mend: 'Stop that process, choose another directory with the option embedded, or give both a server through DATABASE_URL',
    given: { directory, holder },
  });
}
