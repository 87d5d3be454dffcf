import type pg from 'pg';
import { onServer, withDatabase } from './admin.js';
import { patiently } from './own-database.js';

const PREFIX = 'rowguard_tpl_';
const UNFINISHED = '_new';
/** Beside the keys of migrations, which are hashes of four bytes as well. */
const LOCK_SPACE = 0x72677470;
const KEPT_MS = 86_400_000;

interface Note {
  readonly usedAt: number;
}

/** Prepared databases of a server, by what they were made from; each is made once. */
export class ServerTemplates {
  constructor(private readonly server: string) {}

  /** Facts of the server that a prepared database depends on. */
  static facts(server: string): Promise<string> {
    return onServer(server, async (client) => {
      const { rows } = await client.query<{ facts: string }>(
        `select current_setting('server_version_num') || coalesce((select string_agg(name || default_version, ','
           order by name) from pg_available_extensions), '') as facts`,
      );
      return rows[0]?.facts ?? '';
    });
  }

  /** The name of the template; whoever comes while it is being made waits. */
  async get(key: string, prepare: (url: string) => Promise<void>): Promise<string> {
    const name = `${PREFIX}${key}`;
    return onServer(this.server, async (client) => {
      if (await isThere(client, name)) await touch(client, name);
      else await locked(client, key, () => this.make(client, name, prepare));
      return name;
    });
  }

  drop(name: string): Promise<void> {
    return onServer(this.server, (client) => dropTemplate(client, name));
  }

  private async make(
    client: pg.Client,
    name: string,
    prepare: (url: string) => Promise<void>,
  ): Promise<void> {
    if (await isThere(client, name)) return;
    await dropStale(client);
    const unfinished = `${name}${UNFINISHED}`;
    // Of somebody who was killed: with the lock in hand, nobody else is at it.
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await patiently(() => client.query(`create database ${unfinished} template template0`));
    // Now, so that one whose maker is killed later on goes when nobody asks for it.
    await touch(client, unfinished);
    try {
      await prepare(withDatabase(this.server, unfinished));
    } catch (error) {
      await client.query(`drop database if exists ${unfinished} with (force)`);
      throw error;
    }
    // Nobody connects any more, the server's own workers neither: they would hold up the copies.
    await client.query(`alter database ${unfinished} allow_connections false`);
    await patiently(() => client.query(`alter database ${unfinished} rename to ${name}`));
  }
}

async function isThere(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

async function locked(client: pg.Client, key: string, work: () => Promise<void>): Promise<void> {
  const lock = [LOCK_SPACE, Number.parseInt(key.slice(0, 7), 16)];
  await client.query('select pg_advisory_lock($1, $2)', lock);
  try {
    await work();
  } finally {
    await client.query('select pg_advisory_unlock($1, $2)', lock);
  }
}

/** So that others can tell what is no longer used. Two at once may collide: one of them is enough. */
async function touch(client: pg.Client, name: string): Promise<void> {
  const note: Note = { usedAt: Date.now() };
  await client
    .query(`comment on database ${name} is ${client.escapeLiteral(JSON.stringify(note))}`)
    .catch(() => undefined);
}

/** Of entities as they were once: nobody has asked for them since yesterday. */
async function dropStale(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; note: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as note
     from pg_database where datname ~ '^${PREFIX}[0-9a-f]{24}(${UNFINISHED})?$'`,
  );
  for (const { name, note } of rows) {
    if (isStale(note)) await dropTemplate(client, name).catch(() => undefined);
  }
}

function isStale(note: string | null): boolean {
  try {
    const { usedAt } = JSON.parse(note ?? 'null') as Note;
    return Date.now() - usedAt > KEPT_MS;
  } catch {
    return false;
  }
}

async function dropTemplate(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name}`);
}
