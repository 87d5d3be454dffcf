import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { InvalidInputError } from '../../errors/invalid-input.error.js';

/** A database on a server that is there for one trial. */
export class ScratchServer {
  private constructor(
    readonly url: string,
    private readonly name: string,
    private readonly serverUrl: string,
  ) {}

  static async create(serverUrl: string): Promise<ScratchServer> {
    const url = addressOf(serverUrl);
    const name = `rowguard_trial_${randomBytes(6).toString('hex')}`;
    await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
    url.pathname = `/${name}`;
    return new ScratchServer(url.toString(), name, serverUrl);
  }

  drop(): Promise<void> {
    return onServer(this.serverUrl, `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function addressOf(text: string): URL {
  if (URL.canParse(text) && /^postgres(?:ql)?:\/\//.test(text)) return new URL(text);
  throw new InvalidInputError({
    problem: 'The address of the server for the trial is none of PostgreSQL',
    mend: 'Write postgresql://user:password@host:port/database, of a login that may create databases',
  });
}
