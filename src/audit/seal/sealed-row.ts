import { hash } from 'node:crypto';
import { leafHash } from './merkle.js';

/**
 * A row of the audit log as it is sealed. What is jsonb in the database is here the very text that
 * PostgreSQL prints for it: read again as JSON it would lose digits, and its hash.
 */
export interface SealedRow {
  readonly epoch: number;
  readonly tx: string;
  readonly id: string;
  /** In milliseconds of UTC: `2026-01-31T10:00:00.123Z`. */
  readonly at: string;
  readonly tenantId: string;
  readonly actorType: string | null;
  readonly actorId: string | null;
  readonly onBehalfOf: string | null;
  readonly requestId: string | null;
  readonly traceId: string | null;
  readonly source: string | null;
  readonly op: string | null;
  readonly schemaName: string | null;
  readonly tableName: string | null;
  readonly entity: string | null;
  readonly action: string | null;
  readonly pk: string;
  readonly meta: string;
  readonly diff: string | null;
  /** In hexadecimal digits. */
  readonly salt: string | null;
  /** In hexadecimal digits; what counts once the diff is erased. */
  readonly diffHash: string | null;
}

/** Also what the erasure writes: see rowguard_audit_erase. */
export const DIFF_HASH = `sha256(coalesce(salt, ''::bytea) || convert_to(coalesce(diff::text, ''), 'UTF8'))`;

const WORDS = [
  'actor_type',
  'actor_id',
  'on_behalf_of',
  'request_id',
  'trace_id',
  'source',
  'op',
  'schema_name',
  'table_name',
  'entity',
  'action',
];

/**
 * The hash of a row, by the database. The bytes are PostgreSQL's own binary form of a record: the same
 * on every version, in every time zone and locale, and after a dump.
 */
export const LEAF = `sha256('\\x00'::bytea || record_send(ROW(epoch, tx, id, at, tenant_id, ${WORDS.join(', ')}, pk, meta,
  CASE WHEN diff IS NULL AND salt IS NULL AND diff_hash IS NOT NULL THEN diff_hash ELSE ${DIFF_HASH} END)))`;

/** The columns of a SealedRow. */
export const SEALED_ROW = `epoch::int AS epoch, tx::text AS tx, id::text AS id,
  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, tenant_id::text AS "tenantId",
  ${WORDS.map((word) => `${word} AS "${camelCase(word)}"`).join(', ')},
  pk::text AS pk, meta::text AS meta, diff::text AS diff,
  encode(salt, 'hex') AS salt, encode(diff_hash, 'hex') AS "diffHash"`;

/** The same hash without a database. */
export function leafOf(row: SealedRow): Buffer {
  const fields = [
    field(INT2, int2(row.epoch)),
    field(XID8, uint8(row.tx)),
    field(INT8, int8(row.id)),
    field(TIMESTAMPTZ, int8(microseconds(row.at))),
    field(UUID, Buffer.from(row.tenantId.replaceAll('-', ''), 'hex')),
    ...WORDS.map((word) => field(TEXT, textOf(row[camelCase(word) as 'op']))),
    field(JSONB, jsonb(row.pk)),
    field(JSONB, jsonb(row.meta)),
    field(BYTEA, diffHashOf(row)),
  ];
  return leafHash(Buffer.concat([int4(fields.length), ...fields]));
}

// The numbers by which every PostgreSQL knows its types.
const BYTEA = 17;
const INT8 = 20;
const INT2 = 21;
const TEXT = 25;
const TIMESTAMPTZ = 1184;
const UUID = 2950;
const JSONB = 3802;
const XID8 = 5069;
const JSONB_VERSION = Buffer.of(1);
const YEAR_2000_MS = 946_684_800_000;

function diffHashOf({ diff, salt, diffHash }: SealedRow): Buffer {
  if (diff === null && salt === null && diffHash !== null) return Buffer.from(diffHash, 'hex');
  const salted = Buffer.concat([Buffer.from(salt ?? '', 'hex'), Buffer.from(diff ?? '', 'utf8')]);
  return hash('sha256', salted, 'buffer');
}

function field(type: number, value: Buffer | null): Buffer {
  if (value === null) return Buffer.concat([int4(type), int4(-1)]);
  return Buffer.concat([int4(type), int4(value.length), value]);
}

function microseconds(at: string): bigint {
  const time = Date.parse(at);
  return Number.isNaN(time) ? -1n : BigInt(time - YEAR_2000_MS) * 1000n;
}

function textOf(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(value, 'utf8');
}

function jsonb(text: string): Buffer {
  return Buffer.concat([JSONB_VERSION, Buffer.from(text, 'utf8')]);
}

function int2(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int8(value: string | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function uint8(value: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function camelCase(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
