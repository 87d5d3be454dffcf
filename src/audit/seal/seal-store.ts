import { hash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { AuditSealRecord } from './audit-seal-record.js';

/** A seal with the hashes of its rows, and where they stand. */
export interface StoredSeal extends AuditSealRecord {
  readonly leaves: Buffer;
  readonly places: Buffer;
}

const utc = (column: string) =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const HEAD = `seq::float8 AS seq, kind, epoch::float8 AS epoch, from_tx::float8 AS "fromTx", from_id::float8 AS "fromId",
  to_tx::float8 AS "toTx", to_id::float8 AS "toId", min_id::float8 AS "minId", max_id::float8 AS "maxId",
  ${utc('min_at')} AS "minAt", ${utc('max_at')} AS "maxAt", next_tx::float8 AS "nextTx",
  count::float8 AS count, total::float8 AS total, root,
  encode(sha256(coalesce(places, '')), 'hex') AS "placesHash", ${utc('created_at')} AS "sealedAt",
  month, receipt, prev_seal_hash AS "prevSealHash", hash, sig, key_id AS "keyId"`;
const LISTS = `coalesce(leaves, '') AS leaves, coalesce(places, '') AS places`;

/** What is written, by its column. */
const WRITTEN = {
  seq: 'seq',
  kind: 'kind',
  epoch: 'epoch',
  from_tx: 'fromTx',
  from_id: 'fromId',
  to_tx: 'toTx',
  to_id: 'toId',
  min_id: 'minId',
  max_id: 'maxId',
  min_at: 'minAt',
  max_at: 'maxAt',
  next_tx: 'nextTx',
  count: 'count',
  total: 'total',
  root: 'root',
  leaves: 'leaves',
  places: 'places',
  created_at: 'sealedAt',
  month: 'month',
  receipt: 'receipt',
  prev_seal_hash: 'prevSealHash',
  hash: 'hash',
  sig: 'sig',
  key_id: 'keyId',
} as const satisfies Record<string, keyof StoredSeal>;

const COLUMNS = Object.keys(WRITTEN);
const INSERT = `INSERT INTO audit_seals (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((_, at) => `$${at + 1}`).join(', ')})`;

/** Reads and adds seals, with whatever rights the work in hand has. */
export class SealStore {
  constructor(private readonly source: DataSource) {}

  head(): Promise<AuditSealRecord | undefined> {
    return this.newestUpTo(Number.MAX_SAFE_INTEGER);
  }

  async newestUpTo(seq: number): Promise<AuditSealRecord | undefined> {
    const [seal] = await this.read(
      `SELECT ${HEAD} FROM audit_seals WHERE seq <= $1 ORDER BY seq DESC LIMIT 1`,
      [seq],
    );
    return seal;
  }

  async numbered(seq: number): Promise<AuditSealRecord | undefined> {
    const seal = await this.newestUpTo(seq);
    return seal?.seq === seq ? seal : undefined;
  }

  retirements(upTo: number): Promise<AuditSealRecord[]> {
    return this.read(
      `SELECT ${HEAD} FROM audit_seals WHERE kind = 'retirement' AND seq <= $1 ORDER BY seq`,
      [upTo],
    );
  }

  /** The next seals, of so many rows together or one at least. */
  async page(after: number, upTo: number, rows: number): Promise<StoredSeal[]> {
    const sizes = await this.source.query<{ seq: number; size: number }[]>(
      `SELECT seq::float8 AS seq, (octet_length(coalesce(leaves, '')) / 32)::float8 AS size FROM audit_seals
       WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 1000`,
      [after, upTo],
    );
    let left = rows;
    const taken = sizes.filter(({ size }, at) => (left -= size) >= 0 || at === 0);
    if (taken.length === 0) return [];
    return this.read<StoredSeal>(
      `SELECT ${HEAD}, ${LISTS} FROM audit_seals WHERE seq > $1 AND seq <= $2 ORDER BY seq`,
      [after, taken.at(-1)?.seq],
    );
  }

  /** Seals of rows that were written from one time to the other, one by one. */
  async *between(from: Date, to: Date): AsyncGenerator<StoredSeal> {
    for (let after = 0; ;) {
      const [seal] = await this.read<StoredSeal>(
        `SELECT ${HEAD}, ${LISTS} FROM audit_seals WHERE seq > $1 AND min_at < $2 AND max_at >= $3 ORDER BY seq LIMIT 1`,
        [after, to, from],
      );
      if (!seal) return;
      yield seal;
      after = seal.seq;
    }
  }

  /** Seals in which a row of that id may be. */
  holding(id: string): Promise<StoredSeal[]> {
    return this.read<StoredSeal>(
      `SELECT ${HEAD}, ${LISTS} FROM audit_seals WHERE min_id <= $1 AND max_id >= $1 AND kind <> 'retirement' ORDER BY seq`,
      [id],
    );
  }

  async add(seal: StoredSeal): Promise<void> {
    await this.source.query(
      INSERT,
      Object.values(WRITTEN).map((property) => seal[property]),
    );
  }

  private read<Seal extends AuditSealRecord = AuditSealRecord>(
    sql: string,
    values: unknown[],
  ): Promise<Seal[]> {
    return this.source.query<Seal[]>(sql, values);
  }
}

export function placesHashOf(places: Buffer): string {
  return hash('sha256', places, 'hex');
}
