import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import { getSqlState } from '../../errors/violations.js';
import { quoteName } from '../../schema/sql.js';
import { onServer, withDatabase, withLogin, withoutPassword } from './admin.js';

const PREFIX = 'rowguard_test_';
const NOT_ALLOWED = '42501';
const BUSY = '55006';
const MOST_ATTEMPTS = 20;

/** Who made a database: whoever finds it later can tell whether that one is still there. */
interface Maker {
  readonly host: string;
  readonly pid: number;
  readonly kept?: true;
}

export interface OwnDatabaseOptions {
  readonly server: string;
  /** A database to copy. */
  readonly template?: string | undefined;
  /** The login of the application, where the caller has one; otherwise a plain one is made. */
  readonly login?: string | undefined;
}

/** A database on a server for one test file, and a login that is no more than a tenant. */
export class OwnDatabase {
  private spare: Promise<string> | undefined;

  private constructor(
    private readonly options: OwnDatabaseOptions,
    readonly name: string,
    /** For the application. */
    readonly url: string,
    /** For the schema and the system; undefined where one login does all. */
    readonly adminUrl: string | undefined,
  ) {}

  static create(options: OwnDatabaseOptions): Promise<OwnDatabase> {
    const { server, template, login } = options;
    const name = newName();
    return onServer(server, async (client) => {
      await sweep(client);
      await create(client, name, template);
      const admin = withDatabase(server, name);
      if (login !== undefined) {
        return new OwnDatabase(options, name, withDatabase(login, name), admin);
      }
      const password = randomBytes(16).toString('hex');
      const plain = await createLogin(client, name, password);
      const url = plain ? withLogin(admin, name, password) : admin;
      return new OwnDatabase(options, name, url, plain ? admin : undefined);
    });
  }

  get address(): string {
    return withoutPassword(this.adminUrl ?? this.url);
  }

  /**
   * As it was when it was made. Nobody may be connected. The next copy is made ahead, while the test
   * runs, and takes the name; what the test before has left is dropped behind its back.
   */
  async renew(): Promise<void> {
    const spare = await (this.spare ?? this.makeSpare());
    const used = newName();
    await onServer(this.options.server, (client) =>
      client.query(
        `begin; alter database ${this.name} rename to ${used}; alter database ${spare} rename to ${this.name}; commit`,
      ),
    );
    this.spare = this.makeSpare(used);
    // Whoever renews next hears of it.
    this.spare.catch(() => undefined);
  }

  private makeSpare(used?: string): Promise<string> {
    return onServer(this.options.server, async (client) => {
      if (used !== undefined) await client.query(`drop database ${used} with (force)`);
      const name = newName();
      await create(client, name, this.options.template);
      return name;
    });
  }

  async keep(): Promise<void> {
    const spare = await this.lastSpare();
    await onServer(this.options.server, async (client) => {
      if (spare !== undefined) await drop(client, spare);
      await note(client, this.name, true);
    });
  }

  /** A database of another name with what is in it now. Nobody may be connected. Answers its address. */
  async keepCopy(): Promise<string> {
    const { server } = this.options;
    const name = newName();
    await onServer(server, async (client) => {
      await create(client, name, this.name);
      await note(client, name, true);
    });
    return withoutPassword(withDatabase(server, name));
  }

  async drop(): Promise<void> {
    const spare = await this.lastSpare();
    await onServer(this.options.server, async (client) => {
      for (const name of [spare, this.name]) if (name !== undefined) await drop(client, name);
    });
  }

  /** What it may have left when it failed goes with the next sweep. */
  private lastSpare(): Promise<string | undefined> {
    return this.spare?.catch(() => undefined) ?? Promise.resolve(undefined);
  }
}

function newName(): string {
  return `${PREFIX}${randomBytes(6).toString('hex')}`;
}

async function create(client: pg.Client, name: string, template?: string): Promise<void> {
  // Not from template1: nothing that somebody has put there belongs into a test.
  const source = await copyOf(client, template ?? 'template0');
  await patiently(() => client.query(`create database ${name} ${source}`));
  await note(client, name);
}

/**
 * As files where nothing waits for a disk: half the time of the way through the log. Elsewhere a
 * copy of files waits for two checkpoints, and the server's own choice is the better one.
 */
export async function copyOf(client: pg.Client, template: string): Promise<string> {
  const { rows } = await client.query<{ files: boolean }>(
    `select current_setting('fsync') = 'off' and current_setting('server_version_num')::int >= 150000 as files`,
  );
  return `template ${quoteName(template)}${rows[0]?.files ? ' strategy file_copy' : ''}`;
}

async function note(client: pg.Client, name: string, kept = false): Promise<void> {
  const maker: Maker = { host: hostname(), pid: process.pid, ...(kept ? { kept } : {}) };
  await client.query(
    `comment on database ${name} is ${client.escapeLiteral(JSON.stringify(maker))}`,
  );
}

/** The source of a copy may be in use for a moment, by another copy or by the server itself. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (getSqlState(error) !== BUSY || attempt === MOST_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}

/** False where the login may not create others: then it does everything, as it would in development. */
async function createLogin(client: pg.Client, name: string, password: string): Promise<boolean> {
  try {
    await client.query(
      `create role ${name} login nosuperuser nocreatedb nocreaterole nobypassrls password '${password}'`,
    );
    return true;
  } catch (error) {
    if (getSqlState(error) === NOT_ALLOWED) return false;
    throw error;
  }
}

async function drop(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${quoteName(name)} with (force)`);
  await client.query(`drop role if exists ${quoteName(name)}`);
}

/**
 * What processes have left behind that were killed. Not by force: a process of another machine of
 * the same name cannot be seen, but its connections can.
 */
async function sweep(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; note: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as note
     from pg_database where datname ~ '^${PREFIX}[0-9a-f]{12}$'`,
  );
  for (const { name, note: written } of rows) {
    if (!isGone(written)) continue;
    await client.query(`drop database if exists ${name}`).catch(() => undefined);
  }
  const orphans = await client.query<{ name: string }>(
    `select rolname as name from pg_roles where rolname ~ '^${PREFIX}[0-9a-f]{12}$'
     and not exists (select from pg_database where datname = rolname)`,
  );
  for (const { name } of orphans.rows) {
    await client.query(`drop role if exists ${name}`).catch(() => undefined);
  }
}

function isGone(written: string | null): boolean {
  const maker = readMaker(written);
  if (!maker || maker.kept === true || maker.host !== hostname()) return false;
  return !isAlive(maker.pid);
}

function readMaker(written: string | null): Maker | undefined {
  try {
    return (JSON.parse(written ?? 'null') as Maker | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
