import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../database/own-database.js';
import { findBinaries } from './binaries.js';
import { withFileLock } from './file-lock.js';
import { ownDirectory, roomiestPlace } from './places.js';
import { endOrphan, startServer } from './start-server.js';

interface Running {
  readonly url: string;
  readonly keeper: number;
}

const GONE_MS = 15_000;

/**
 * One PostgreSQL for all processes of a test run. Whoever comes first starts it; each process says
 * that it uses it, and when the last one has left or was killed it ends and is gone.
 */
export class SharedServer {
  private constructor(
    readonly url: string,
    readonly directory: string,
    private readonly mark: string,
  ) {}

  static async join(): Promise<SharedServer> {
    const binaries = findBinaries();
    const directory = join(roomiestPlace(), `rowguard-test-${nameOf(binaries)}`);
    return withFileLock(`${directory}.lock`, async () => {
      ownDirectory(directory);
      const running = await runningIn(directory, binaries);
      const mark = join(directory, 'users', `${process.pid}.${randomBytes(4).toString('hex')}`);
      writeFileSync(mark, '');
      return new SharedServer(running.url, directory, mark);
    });
  }

  leave(): Promise<void> {
    rmSync(this.mark, { force: true });
    return Promise.resolve();
  }

  /** Leaves the server running when everybody has left, until the file `kept` is deleted. */
  keep(): void {
    writeFileSync(join(this.directory, 'kept'), 'Delete this file, and the server ends.\n');
  }

  /** For the end of a run: waits until nothing is left, unless somebody still uses it. */
  async leaveAndWait(): Promise<void> {
    await this.leave();
    const deadline = Date.now() + GONE_MS;
    while (existsSync(this.directory) && Date.now() < deadline && this.isUnused()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private isUnused(): boolean {
    if (existsSync(join(this.directory, 'kept'))) return false;
    try {
      const users = readdirSync(join(this.directory, 'users'));
      return users.every((name) => !isAlive(Number.parseInt(name, 10)));
    } catch {
      return true;
    }
  }
}

async function runningIn(directory: string, binaries: string): Promise<Running> {
  const file = join(directory, 'server.json');
  const known = read(file);
  if (known && isAlive(known.keeper)) return known;
  await endOrphan(directory);
  rmSync(directory, { recursive: true, force: true });
  ownDirectory(directory);
  mkdirSync(join(directory, 'users'));
  const running: Running = await startServer(directory, binaries);
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
  return running;
}

function read(file: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch {
    return undefined;
  }
}

/** Another version of PostgreSQL, or another user, is another server. */
function nameOf(binaries: string): string {
  const user = process.getuid?.() ?? 'user';
  return `${user}-${createHash('sha256').update(binaries).digest('hex').slice(0, 10)}`;
}
