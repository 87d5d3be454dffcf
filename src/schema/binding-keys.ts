import {
  ANY_PROCESS,
  BINDING_REFUSED,
  BINDING_SETTINGS,
  SEAL_SECONDS,
  SEAL_SETTING,
  SEAL_WORD,
} from '../context/binding-terms.js';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { dollarQuoted } from './dollar-quoted.js';
import { BOUND_TENANT } from './policy-form.js';
import { quoteName } from './sql.js';

export const BINDING_KEYS = 'rowguard_binding_keys';

/** HMAC works on blocks of 64 bytes: the key, filled up with zeros, under one of two masks. */
const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;

const table = (schema: string) => `${quoteName(schema)}.${quoteName(BINDING_KEYS)}`;
export const boundTenant = (schema: string) => `${quoteName(schema)}.${quoteName(BOUND_TENANT)}`;

/** The pads rather than the key: the function would have to make them for each statement. */
export function createKeyTable(schema: string): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${table(schema)} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp(), expires_at timestamptz)`,
    closeKeyTable(schema, ['PUBLIC', APP_ROLE, SYSTEM_ROLE]),
  ];
}

/** `roles` as SQL writes them. The role of system work too: it sees all rows, and speaks for no tenant. */
export function closeKeyTable(schema: string, roles: readonly string[]): string {
  return `REVOKE ALL ON ${table(schema)} FROM ${roles.join(', ')}`;
}

/**
 * A key that has never been anywhere but in the database: 366 random bits of the server, hashed to 32
 * bytes. `onlyIfNone`: two that start at the same time make one key between them.
 */
export function createKey(schema: string, onlyIfNone: boolean): string {
  const pad = (mask: number) =>
    `(SELECT string_agg(set_byte('\\x00'::bytea, 0, get_byte(fresh.block, place) # ${mask}), ''::bytea ORDER BY place) FROM generate_series(0, ${BLOCK - 1}) AS place)`;
  const random = Array.from({ length: 3 }, () => 'uuid_send(gen_random_uuid())').join(' || ');
  const guard = onlyIfNone
    ? ` WHERE NOT EXISTS (SELECT FROM ${table(schema)} WHERE expires_at IS NULL)`
    : '';
  return `WITH fresh AS MATERIALIZED (SELECT sha256(${random}) || decode(repeat('00', ${BLOCK / 2}), 'hex') AS block) INSERT INTO ${table(schema)} (inner_pad, outer_pad) SELECT ${pad(INNER)}, ${pad(OUTER)} FROM fresh${guard}`;
}

/** Of all keys but the newest: they stay good for so long, and are forgotten a day later. */
export function expireKeys(schema: string, graceSeconds: number): string[] {
  return [
    `UPDATE ${table(schema)} SET expires_at = clock_timestamp() + make_interval(secs => ${graceSeconds}) WHERE id < (SELECT max(id) FROM ${table(schema)}) AND (expires_at IS NULL OR expires_at > clock_timestamp() + make_interval(secs => ${graceSeconds}))`,
    `DELETE FROM ${table(schema)} WHERE expires_at < clock_timestamp() - interval '1 day'`,
  ];
}

export function lockKeys(schema: string): string {
  return `LOCK TABLE ${table(schema)} IN SHARE ROW EXCLUSIVE MODE`;
}

export interface StoredKey {
  readonly id: number;
  readonly innerPad: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly now: number;
}

export function readKeys(schema: string): string {
  const seconds = (time: string) => `extract(epoch from ${time})::float8`;
  return `SELECT id, inner_pad AS "innerPad", ${seconds('created_at')} AS "createdAt", ${seconds('expires_at')} AS "expiresAt", ${seconds('clock_timestamp()')} AS now FROM ${table(schema)} WHERE expires_at IS NULL OR expires_at > clock_timestamp() ORDER BY id`;
}

/** The 32 bytes of a key, from its inner pad. */
export function secretOf(innerPad: Buffer): Buffer {
  return Buffer.from(innerPad.subarray(0, BLOCK / 2).map((byte) => byte ^ INNER));
}

const text = (setting: string) => `convert_to(current_setting('${setting}', true), 'UTF8')`;

/**
 * The tenant in hand, if its seal is right. Nul bytes keep the values apart, since no value can hold
 * one. Compared in one piece: no text is as long as the hash and tells where it differs.
 */
export function boundTenantBody(schema: string): string {
  const [tenant, ...others] = BINDING_SETTINGS;
  const sealed = [
    `convert_to('${SEAL_WORD}.' || seal[1] || '.' || seal[2] || '.' || seal[3] || '.' || tenant, 'UTF8')`,
    ...others.map(text),
  ].join(` || '\\x00'::bytea\n      || `);
  return `
DECLARE
  tenant text := current_setting('${tenant}', true);
  seal text[] := string_to_array(current_setting('${SEAL_SETTING}', true), '.');
  inside bytea;
  outside bytea;
BEGIN
  IF coalesce(tenant, '') = '' THEN
    RETURN NULL;
  END IF;
  SELECT known.inner_pad, known.outer_pad INTO inside, outside FROM ${table(schema)} AS known
    WHERE known.id::text = seal[1] AND (known.expires_at IS NULL OR known.expires_at > now());
  IF seal[3] IN ('${ANY_PROCESS}', pg_backend_pid()::text)
    AND seal[4] = encode(sha256(outside || sha256(inside || ${sealed})), 'hex') THEN
    IF to_timestamp(seal[2]::float8) >= now() - interval '${SEAL_SECONDS} seconds' THEN
      RETURN tenant::uuid;
    END IF;
    RAISE EXCEPTION 'the seal of the binding is older than the transaction may be' USING ERRCODE = '${BINDING_REFUSED}';
  END IF;
  IF coalesce(seal[1], '') = '' THEN
    RAISE EXCEPTION 'the binding is not signed, and the policies of this database take only signed ones' USING ERRCODE = '${BINDING_REFUSED}';
  ELSIF inside IS NULL THEN
    RAISE EXCEPTION 'the binding is signed with a key that is unknown or has expired' USING ERRCODE = '${BINDING_REFUSED}';
  END IF;
  RAISE EXCEPTION 'the seal of the binding does not belong to what it says' USING ERRCODE = '${BINDING_REFUSED}';
END`;
}

export const BOUND_TENANT_PATH = 'search_path=pg_catalog, pg_temp';

/** In parallel plans the leader asks, and hands the answer on: a worker is another process. */
export function createBoundTenant(schema: string): string[] {
  const name = `${boundTenant(schema)}()`;
  return [
    `CREATE OR REPLACE FUNCTION ${name} RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${dollarQuoted(boundTenantBody(schema))}`,
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
    `GRANT EXECUTE ON FUNCTION ${name} TO ${APP_ROLE}, ${SYSTEM_ROLE}`,
  ];
}
