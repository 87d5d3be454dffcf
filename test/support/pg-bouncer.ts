import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './postgres-server.js';

const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];
const READY_MS = 10_000;
/** PgBouncer refuses to run as root; as root it is started as this user, which every system has. */
const NOBODY = 65_534;

export interface PgBouncerPlan {
  /** The server, as any login reaches it. */
  readonly serverUrl: string;
  /** Names and passwords of the logins that may pass. */
  readonly logins: Readonly<Record<string, string>>;
  /** Connections to the server for each login and database. */
  readonly poolSize: number;
}

/** A pooler in transaction mode before the test server: every transaction may get another backend. */
export class PgBouncer {
  private constructor(
    private readonly port: number,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static get binary(): string | undefined {
    return PLACES.find((place) => existsSync(place));
  }

  static async start(plan: PgBouncerPlan): Promise<PgBouncer> {
    const { binary } = PgBouncer;
    if (!binary) throw new Error('PgBouncer is not installed');
    const directory = mkdtempSync(join(tmpdir(), 'rowguard-bouncer-'));
    const port = await freePort();
    const ini = join(directory, 'pgbouncer.ini');
    const users = join(directory, 'users.txt');
    const names = Object.entries(plan.logins).map(([name, word]) => `"${name}" "${word}"`);
    writeFileSync(users, `${names.join('\n')}\n`);
    writeFileSync(ini, settings(plan, port, users));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const path of [directory, ini, users]) chownSync(path, NOBODY, NOBODY);
    const child = spawn(binary, [ini], {
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr?.on('data', (part: Buffer) => (output += part.toString()));
    await listening(port, child, () => output);
    return new PgBouncer(port, child, directory);
  }

  /** The same address, through the pooler. */
  through(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${this.port}`;
    return through.toString();
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function settings({ serverUrl, poolSize }: PgBouncerPlan, port: number, users: string): string {
  const server = new URL(serverUrl);
  return `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
server_login_retry = 1
query_wait_timeout = 60
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
`;
}

async function listening(port: number, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const isThere = await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isThere) return;
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`PgBouncer did not start: ${output()}`);
    }
    await pause(50);
  }
}
