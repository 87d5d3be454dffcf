import { createHmac } from 'node:crypto';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import {
  type RowguardDataSource,
  TenantContext,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from './scratch-database.js';
import { ACME, Customer, GLOBEX, SHOP } from './shop.js';

export const CANARY = 'globex-canary';
const ROWS_EACH = 5;
const SCOPE = { kind: 'tenant', tenantId: ACME, actorId: 'ada' } as const;

interface SealParts {
  /** Undefined: it names none. */
  readonly process: string | undefined;
  readonly tenant?: string;
  /** From now. */
  readonly seconds?: number;
  readonly key?: Key | undefined;
}

interface Key {
  readonly id: number;
  readonly secret: Buffer;
}

/**
 * A shop with a plain login, and somebody who sends SQL under it as he likes, past the client, beside
 * a binding that is right. `signed`: whether the database asks for more than a setting.
 */
export class ForgingWorld {
  private constructor(
    readonly isSigned: boolean,
    readonly database: ScratchDatabase,
    readonly source: RowguardDataSource,
    private readonly login: { readonly name: string; readonly url: string },
    private readonly keys: readonly Key[],
    private readonly expired: Key | undefined,
  ) {}

  static async open(isSigned: boolean): Promise<ForgingWorld> {
    Logger.overrideLogger(false);
    const database = await ScratchDatabase.create();
    const login = await database.createLogin();
    const source = createDataSource({
      url: login.url,
      adminUrl: database.url,
      entities: SHOP,
      tenancy: { signed: isSigned },
    });
    await source.initialize();
    const customers = new TenantRepository(Customer, source);
    for (const [tenantId, word] of [
      [ACME, 'acme'],
      [GLOBEX, CANARY],
    ] as const) {
      const rows = Array.from({ length: ROWS_EACH }, (_, at) => ({ email: `${word} ${at}` }));
      await TenantContext.run({ tenantId }, () => customers.insert(rows));
    }
    const keys = isSigned ? await keysOf(database) : [];
    const expired = isSigned ? await expiredKey(database) : undefined;
    await database.asOwner((client) =>
      client.query(`create function shop_set(name text, value text) returns text language sql
        security definer set search_path = pg_catalog as 'select set_config(name, value, true)'`),
    );
    return new ForgingWorld(isSigned, database, source, login, keys, expired);
  }

  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.login.url });
    await client.connect();
    return client;
  }

  /** What the application itself would send first for ACME, on this connection. */
  async bind(client: pg.Client, tenantId: string = ACME): Promise<void> {
    const process = await processOf(client);
    const session = { process, key: undefined };
    const preamble = this.source.plan.binding.preambleFor({ ...SCOPE, tenantId }, session);
    if (!preamble) throw new Error('Nothing is bound');
    await client.query(preamble.text, [...preamble.values]);
  }

  /** The words of a forgery with what they stand for. */
  async texts(client: pg.Client, statements: readonly string[]): Promise<string[]> {
    const process = await processOf(client);
    const elsewhere = String(Number(process) + 1);
    const ours = this.seal({ process, tenant: ACME });
    const own = { id: 99, secret: Buffer.alloc(32, 7) };
    const pads = (mask: number) =>
      Buffer.concat([own.secret, Buffer.alloc(32)]).reduce(
        (hex, byte) => hex + (byte ^ mask).toString(16).padStart(2, '0'),
        '',
      );
    const words: Record<string, string> = {
      $login: this.login.name,
      $database: this.database.name,
      $tenant: GLOBEX,
      $mine: ACME,
      $elsewhere: this.seal({ process: elsewhere, tenant: GLOBEX }),
      $expired: this.seal({ process, tenant: GLOBEX, seconds: -1 }),
      $outdated: this.seal({ process, tenant: GLOBEX, key: this.expired }),
      $ours: ours,
      $later: `9999999999${ours.slice(10)}`,
      $unnamed: `${ours.slice(0, 10)}*${ours.slice(10)}`,
      $spliced: `${GLOBEX}.${ours}`,
      $boundary: `${ACME}.${ours.slice(0, 10)}`,
      $guessed: this.seal({ process, tenant: GLOBEX, key: own }),
      $inner: pads(0x36),
      $outer: pads(0x5c),
      $hash: 'f'.repeat(64),
      $process: process,
    };
    return statements.map((text) => text.replace(/\$[a-z]+/g, (word) => words[word] ?? word));
  }

  /** As the application makes one, and as it would never make one. */
  private seal({ process, tenant = ACME, seconds = 60, key }: SealParts): string {
    const used = key ?? this.keys.at(-1);
    if (!used) return 'none';
    const until = `${Math.floor(Date.now() / 1_000) + seconds}${process === undefined ? '*' : ''}`;
    const said = `${tenant}.${until}.${process ?? ''}`;
    return `${until}${createHmac('sha256', used.secret).update(said).digest('hex')}`;
  }

  /** All rows of GLOBEX, as one text. */
  async rowsOfGlobex(): Promise<string> {
    const { rows } = await this.database.asOwner((client) =>
      client.query<{ rows: string }>(
        `select string_agg(c::text, '\n' order by id) as rows from customers c where tenant_id = '${GLOBEX}'`,
      ),
    );
    return rows[0]?.rows ?? '';
  }

  async close(): Promise<void> {
    await this.source.destroy();
    await this.database.drop();
  }
}

async function processOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return String(rows[0]?.pid);
}

/** One that was good until a second ago. */
async function expiredKey(database: ScratchDatabase): Promise<Key | undefined> {
  await database.asOwner((client) =>
    client.query(`insert into rowguard_binding_keys (inner_pad, outer_pad, expires_at)
      values (decode(repeat('37', 32) || repeat('36', 32), 'hex'), decode(repeat('5d', 32) || repeat('5c', 32), 'hex'), now() - interval '1 second')`),
  );
  return (await keysOf(database)).at(-1);
}

async function keysOf(database: ScratchDatabase): Promise<Key[]> {
  const { rows } = await database.asOwner((client) =>
    client.query<{ id: number; inner_pad: Buffer }>(
      'select id, inner_pad from rowguard_binding_keys order by id',
    ),
  );
  return rows.map(({ id, inner_pad }) => ({ id, secret: secretOf(inner_pad) }));
}

/** By the definition of HMAC, the key is under the mask of its inner pad. */
function secretOf(innerPad: Buffer): Buffer {
  return Buffer.from(innerPad.subarray(0, 32).map((byte) => byte ^ 0x36));
}
