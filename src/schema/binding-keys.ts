import { ANY_PROCESS, BINDING_REFUSED, SEAL_SETTING } from '../context/binding-terms.js';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { TENANT_SETTING } from '../entities/base-columns.js';
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
  readonly innerPad: Uint8Array;
  readonly outerPad: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly now: number;
}

const seconds = (time: string) => `extract(epoch from ${time})::float8`;

export function readKeys(schema: string): string {
  return `SELECT id, inner_pad AS "innerPad", outer_pad AS "outerPad", ${seconds('created_at')} AS "createdAt", ${seconds('expires_at')} AS "expiresAt", ${seconds('clock_timestamp()')} AS now FROM ${table(schema)} WHERE expires_at IS NULL OR expires_at > clock_timestamp() ORDER BY id`;
}

/** As texts of one length in an order that no locale changes. */
const NOW = `date_part('epoch', now())::bigint::text COLLATE "C"`;

/**
 * The tenant that the setting names, if the seal is right. What is hashed is a uuid, ten digits and
 * a number, so no two bindings read alike. The query has no parameters: PostgreSQL would plan one
 * that has anew for each call. Expressions are few, since each is prepared anew for each transaction.
 */
export function boundTenantBody(schema: string): string {
  return `
DECLARE
  bound uuid;
BEGIN
  SELECT said.tenant INTO bound FROM ${table(schema)} AS known,
    (SELECT current_setting('${TENANT_SETTING}', true) AS tenant, current_setting('${SEAL_SETTING}', true) AS seal OFFSET 0) AS said
    WHERE right(seal, 64) = encode(sha256(outer_pad || sha256(inner_pad || convert_to(concat(tenant, '.', left(seal, -64), '.', CASE WHEN strpos(seal, '${ANY_PROCESS}') = 0 THEN pg_backend_pid() END), 'UTF8'))), 'hex')
      AND left(seal, 10) > ${NOW}
      AND (expires_at IS NULL OR expires_at > now());
  IF bound IS NULL AND current_setting('${TENANT_SETTING}', true) <> '' THEN
    RAISE EXCEPTION USING ERRCODE = '${BINDING_REFUSED}', MESSAGE = CASE
      WHEN coalesce(current_setting('${SEAL_SETTING}', true), '') = ''
        THEN 'the binding is not signed, and the policies of this database take only signed ones'
      WHEN left(current_setting('${SEAL_SETTING}', true), 10) > ${NOW}
        THEN 'the seal of the binding does not belong to it, or its key is unknown or has expired'
      ELSE 'the seal of the binding is older than the transaction may be' END;
  END IF;
  RETURN bound;
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
