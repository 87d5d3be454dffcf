import { randomBytes } from 'node:crypto';
import pg from 'pg';

declare global {
  var rowguardTestFailed: boolean | undefined;
}

const GOODBYE_MS = 3_000;

/** A database for one test file: dropped when the file passed, kept and named when it failed. */
export class ScratchDatabase {
  private constructor(
    readonly name: string,
    readonly url: string,
    private readonly serverUrl: string,
  ) {}

  static async create(serverUrl = process.env['ROWGUARD_TEST_URL']): Promise<ScratchDatabase> {
    if (!serverUrl) throw new Error('No test server: is the global set-up configured?');
    const name = `rg_${randomBytes(6).toString('hex')}`;
    await onServer(serverUrl, (client) => client.query(`create database ${name}`));
    return new ScratchDatabase(name, withDatabase(serverUrl, name), serverUrl);
  }

  /** The same database under another login. */
  urlFor(user: string, password: string): string {
    const url = new URL(this.url);
    url.username = user;
    url.password = password;
    return url.toString();
  }

  /** A login with a random name, since roles belong to the whole server. */
  async createLogin(attributes = ''): Promise<{ name: string; url: string }> {
    const name = `rg_login_${randomBytes(5).toString('hex')}`;
    await this.asOwner((client) =>
      client.query(`create role ${name} login password 'pw' ${attributes}`),
    );
    return { name, url: this.urlFor(name, 'pw') };
  }

  /** Past every wall, as the superuser of the server: for setting up and for looking. */
  asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return onServer(this.url, work);
  }

  async drop(): Promise<void> {
    const open = await this.connectionsLeftOpen();
    if (globalThis.rowguardTestFailed) {
      process.stderr.write(`kept the database of the failed test: ${this.name}\n`);
      return;
    }
    await onServer(this.serverUrl, (client) =>
      client.query(`drop database ${this.name} with (force)`),
    );
    if (open > 0) throw new Error(`${open} connections to ${this.name} were left open`);
  }

  /** A server process ends a moment after its client has said goodbye. */
  private async connectionsLeftOpen(): Promise<number> {
    const deadline = Date.now() + GOODBYE_MS;
    for (;;) {
      const open = await onServer(this.serverUrl, async (client) => {
        const { rows } = await client.query<{ open: number }>(
          // The server's own workers, such as autovacuum, come and go as they like.
          `select count(*)::int as open from pg_stat_activity
           where datname = $1 and backend_type = 'client backend'`,
          [this.name],
        );
        return rows[0]?.open ?? 0;
      });
      if (open === 0 || Date.now() > deadline) return open;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
