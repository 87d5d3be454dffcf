import { readFileSync, appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresServer } from '../postgres-server.js';
import { ScratchDatabase } from '../scratch-database.js';
import { StandbyServer, startPrimary } from '../standby-server.js';

const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

/** A primary, and a standby without which it acknowledges nothing: what was answered is on both. */
export class ServerPair {
  private constructor(
    readonly primary: PostgresServer,
    readonly standby: StandbyServer,
    readonly database: ScratchDatabase,
  ) {}

  static async start(): Promise<ServerPair> {
    const primary = await startPrimary(DURABLE);
    const database = await ScratchDatabase.create(primary.url);
    const standby = await StandbyServer.of(primary);
    await standby.caughtUp();
    await command(primary.url, `alter system set synchronous_standby_names = '*'`);
    return new ServerPair(primary, standby, database);
  }

  /** The address of both, the standby first: what counts is who takes writes. */
  get url(): string {
    return this.at(`127.0.0.1:${this.promotedPort},127.0.0.1:${this.primary.port}`);
  }

  /** The same in the other order. */
  get turnedUrl(): string {
    return this.at(`127.0.0.1:${this.primary.port},127.0.0.1:${this.promotedPort}`);
  }

  /** The same database on other servers. */
  at(hosts: string): string {
    return this.database.url.replace(/@[^/]+/, `@${hosts}`);
  }

  /** The same database on what was the standby. */
  get promotedUrl(): string {
    return this.standby.at(this.database.url);
  }

  /** Of what was the standby. */
  get promotedPort(): number {
    return Number(new URL(this.standby.url).port);
  }

  /** As if its machine lost power: every process at once, and none says goodbye. */
  async killPrimary(): Promise<void> {
    const children = readFileSync(
      `/proc/${this.primaryProcess}/task/${this.primaryProcess}/children`,
      'utf8',
    );
    const halted = this.primary.halt('SIGKILL');
    for (const pid of children.trim().split(/\s+/).filter(Boolean)) kill(Number(pid), 'SIGKILL');
    await halted;
  }

  /** Its sockets stay, and nobody answers any more. */
  freezePrimary(): void {
    for (const pid of this.primaryProcesses) kill(pid, 'SIGSTOP');
  }

  thawPrimary(): void {
    for (const pid of this.primaryProcesses) kill(pid, 'SIGCONT');
  }

  promote(): Promise<unknown> {
    return this.standby.promote();
  }

  /** What was the primary is there again, in a way that takes no writes. */
  async bringBack(as: 'standby' | 'read-only'): Promise<void> {
    const data = join(this.primary.directory, 'data');
    if (as === 'standby') writeFileSync(join(data, 'standby.signal'), '');
    else {
      appendFileSync(
        join(data, 'postgresql.auto.conf'),
        `default_transaction_read_only = on\nsynchronous_standby_names = ''\n`,
      );
    }
    await this.primary.resume();
  }

  /** The one that takes writes begins to refuse them, and the other one takes them. */
  async turnAround(): Promise<void> {
    await command(this.standby.url, 'alter system set default_transaction_read_only = on');
    await command(this.primary.url, 'alter system set default_transaction_read_only = off');
  }

  async stop(): Promise<void> {
    await this.standby.stop();
    await this.primary.stop();
  }

  private get primaryProcess(): number {
    const file = join(this.primary.directory, 'data/postmaster.pid');
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  }

  private get primaryProcesses(): readonly number[] {
    const first = this.primaryProcess;
    const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8');
    return [first, ...children.trim().split(/\s+/).filter(Boolean).map(Number)];
  }
}

async function command(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}

/** It may have ended by itself. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Then there is nothing to do.
  }
}
