import type { DataSource } from 'typeorm';
import type { AuditSealKind } from '../../entities/audit/audit-seal.entity.js';
import type { AuditSealRecord } from './audit-seal-record.js';

/** What the database says at the moment of sealing. */
export interface SealingState {
  /** False: another sealer is at work. */
  readonly locked: boolean;
  /** Every transaction before this one has ended: no row of them can come any more. */
  readonly horizon: string;
  readonly nextTx: number;
  /** In which rows are written now. */
  readonly epoch: number;
  readonly now: string;
}

/** Rows that wait for a seal, as a condition on audit_logs. */
export interface Stretch {
  readonly epoch: number;
  readonly kind: AuditSealKind;
  readonly where: string;
  readonly values: readonly unknown[];
  readonly order: string;
}

const STATE = `SELECT %lock AS locked, pg_snapshot_xmin(s)::text AS horizon, pg_snapshot_xmax(s)::text::float8 AS "nextTx",
    (SELECT substring(pg_get_expr(d.adbin, d.adrelid) FROM '\\d+')::float8 FROM pg_attrdef d
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE d.adrelid = 'audit_logs'::regclass AND a.attname = 'epoch') AS epoch,
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now
  FROM pg_current_snapshot() s`;
const LOCK = `hashtextextended('rowguard:audit-seal', 0)`;

/** Holds the lock of sealing until the end of the transaction, if it is free. */
export async function lockedState(source: DataSource): Promise<SealingState> {
  return stateOf(source, `pg_try_advisory_xact_lock(${LOCK})`);
}

/** The same, and waits until it is free. */
export async function awaitedState(source: DataSource): Promise<SealingState> {
  await source.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
  return stateOf(source, 'true');
}

export async function currentState(source: DataSource): Promise<SealingState> {
  return stateOf(source, 'true');
}

async function stateOf(source: DataSource, lock: string): Promise<SealingState> {
  const [state] = await source.query<[SealingState]>(STATE.replace('%lock', lock));
  return state;
}

/** The stretches from the newest seal on, one an epoch; all but the last are closed for good. */
export async function unsealedStretches(
  source: DataSource,
  state: SealingState,
  last: AuditSealRecord | undefined,
): Promise<Stretch[]> {
  const floor = await floorOf(source, last);
  const stretches: Stretch[] = [];
  for (let epoch = last?.epoch ?? 0; epoch < state.epoch; epoch++) {
    stretches.push(await closingStretch(source, epoch, floor));
  }
  return [...stretches, openStretch(state, last, floor)];
}

/**
 * The greatest id of which all rows that still wait are beyond. A transaction that had not begun when
 * a seal was made counts its ids after those of the seal; so the seal to ask is the newest one that was
 * made before any transaction began that still waits.
 */
async function floorOf(source: DataSource, last: AuditSealRecord | undefined): Promise<number> {
  if (!last) return -1;
  const [row] = await source.query<{ floor: number }[]>(
    `SELECT max_id::float8 AS floor FROM audit_seals
     WHERE epoch < $1 OR (epoch = $1 AND next_tx <= $2) ORDER BY seq DESC LIMIT 1`,
    [last.epoch, last.toTx],
  );
  return row?.floor ?? -1;
}

function openStretch(
  { epoch, horizon }: SealingState,
  last: AuditSealRecord | undefined,
  floor: number,
): Stretch {
  const continues = last?.epoch === epoch;
  return {
    epoch,
    kind: 'rows',
    where: `epoch = $1 AND id > $2 AND (tx, id) > ($3::text::xid8, $4) AND tx < $5::text::xid8`,
    values: [epoch, floor, ...(continues ? [String(last.toTx), last.toId] : ['0', 0]), horizon],
    order: 'tx, id',
  };
}

/**
 * All that is left of an epoch that has ended: nothing of it is still being written. What was written
 * between the restore and the new epoch has transactions that count from 1 again; its ids are greater
 * than those of all rows that had been sealed before.
 */
async function closingStretch(source: DataSource, epoch: number, floor: number): Promise<Stretch> {
  const [row] = await source.query<{ tx: string; id: string; max: string; closed: string }[]>(
    `SELECT coalesce((SELECT to_tx FROM audit_seals WHERE epoch = $1 AND kind = 'rows' ORDER BY seq DESC LIMIT 1), 0)::text AS tx,
       coalesce((SELECT to_id FROM audit_seals WHERE epoch = $1 AND kind = 'rows' ORDER BY seq DESC LIMIT 1), 0)::text AS id,
       coalesce(max(max_id) FILTER (WHERE kind = 'rows'), 0)::text AS max,
       coalesce(max(max_id) FILTER (WHERE kind = 'closing' AND epoch = $1), 0)::text AS closed
     FROM audit_seals WHERE epoch <= $1`,
    [epoch],
  );
  const { tx = '0', id = '0', max = '0', closed = '0' } = row ?? {};
  return {
    epoch,
    kind: 'closing',
    where: `epoch = $1 AND id > $2 AND ((tx, id) > ($3::text::xid8, $4::bigint) OR id > $5::bigint) AND id > $6::bigint`,
    values: [epoch, floor, tx, id, max, closed],
    order: 'id',
  };
}
