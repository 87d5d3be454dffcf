import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { PostgresServer, serverUser } from './postgres-server.js';

const SMALL = ['shared_buffers=32MB', 'max_connections=150', 'max_prepared_transactions=0'];
const STREAMING = [...SMALL, 'wal_level=replica', 'max_wal_senders=8', 'wal_keep_size=512MB'];
const STANDBY = [
  ...STREAMING,
  'hot_standby=on',
  'wal_retrieve_retry_interval=100ms',
  'max_standby_streaming_delay=2s',
];
const CAUGHT_UP_MS = 20_000;

/** A small cluster that others may follow. */
export function startPrimary(settings: readonly string[] = []): Promise<PostgresServer> {
  return PostgresServer.start(undefined, [...STREAMING, ...settings]);
}

/** A real streaming standby: a copy of the files of a running server, which follows it from then on. */
export class StandbyServer {
  private constructor(
    private readonly server: PostgresServer,
    private readonly primary: PostgresServer,
  ) {}

  static async of(primary: PostgresServer): Promise<StandbyServer> {
    const directory = mkdtempSync(join(tmpdir(), 'rowguard-standby-'));
    const { uid, gid } = serverUser();
    if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
    await copy(primary, directory);
    const { native } = primary;
    const server = await PostgresServer.on({ native, directory, settings: STANDBY });
    return new StandbyServer(server, primary);
  }

  get url(): string {
    return this.server.url;
  }

  /** The same database as `url` names on the primary. */
  at(url: string): string {
    const there = new URL(url);
    there.port = String(this.server.port);
    return there.toString();
  }

  pauseReplay(): Promise<unknown> {
    return ask(this.url, 'select pg_wal_replay_pause()');
  }

  resumeReplay(): Promise<unknown> {
    return ask(this.url, 'select pg_wal_replay_resume()');
  }

  promote(): Promise<unknown> {
    return ask(this.url, 'select pg_promote(true)');
  }

  /** Until it has replayed whatever the primary has written by now. */
  async caughtUp(): Promise<void> {
    // Everything before it is in the log by then, and the end of this record is the end of the log.
    const [{ lsn } = { lsn: '0/0' }] = await ask<{ lsn: string }>(
      this.primary.url,
      `select pg_logical_emit_message(false, 'here', '', true)::text as lsn`,
    );
    const deadline = Date.now() + CAUGHT_UP_MS;
    for (;;) {
      const [there] = await ask<{ is: boolean }>(
        this.url,
        `select pg_last_wal_replay_lsn() >= '${lsn}' as is`,
      );
      if (there?.is) return;
      if (Date.now() > deadline) throw new Error('The standby does not catch up');
      await pause(20);
    }
  }

  halt(signal?: NodeJS.Signals): Promise<void> {
    return this.server.halt(signal);
  }

  resume(): Promise<void> {
    return this.server.resume();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

async function copy(primary: PostgresServer, directory: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  try {
    await client.query('set synchronous_commit = on');
    await client.query(`select pg_backup_start('standby', true)`);
    run('cp', ['-R', '-p', join(primary.directory, 'data'), join(directory, 'data')], directory);
    const { rows } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(false)',
    );
    const data = join(directory, 'data');
    run('rm', ['-rf', join(data, 'postmaster.pid'), join(data, 'postmaster.opts')], directory);
    const files = {
      backup_label: rows[0]?.label ?? '',
      'standby.signal': '',
      'postgresql.auto.conf': `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=secret'\n`,
    };
    for (const [name, text] of Object.entries(files)) write(join(data, name), text);
  } finally {
    await client.end();
  }
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Files that vanish while they are copied are of no harm: the log brings back what they were. */
function run(command: string, args: readonly string[], cwd: string): void {
  const { error } = spawnSync(command, args, { ...serverUser(), cwd, stdio: 'ignore' });
  if (error) throw error;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
