import type { DataSource } from 'typeorm';
import { runAsOwner } from '../../context/owner-work.js';
import { SealStore } from './seal-store.js';
import { currentState, unsealedStretches } from './unsealed-stretch.js';

/** A transaction that began before the rows that wait, and has not ended. */
export interface HorizonHolder {
  /** Null for a prepared transaction, which needs no connection. */
  readonly pid: number | null;
  readonly login: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly since: Date | null;
}

export interface SealingLag {
  /** Committed rows without a seal. */
  readonly rows: number;
  /** Of the oldest of them; 0 where there is none. */
  readonly ageMs: number;
  /** Rows of those that wait for a transaction to end. */
  readonly heldRows: number;
  /** Who holds them back; undefined where nothing is held. */
  readonly holder: HorizonHolder | undefined;
}

const HOLDER = `SELECT pid, usename::text AS login, application_name AS application, state, xact_start AS since
    FROM pg_stat_activity WHERE backend_xid::text = ($1::text::numeric % 4294967296)::text
  UNION ALL
  SELECT NULL, owner::text, NULL, 'prepared as ' || gid, prepared FROM pg_prepared_xacts
    WHERE transaction::text = ($1::text::numeric % 4294967296)::text
  LIMIT 1`;

export async function readSealingLag(source: DataSource): Promise<SealingLag> {
  const [state, last] = [await currentState(source), await new SealStore(source).head()];
  const lag = { rows: 0, ageMs: 0, heldRows: 0 };
  for (const { where, values, kind } of await unsealedStretches(source, state, last)) {
    const withHeld = kind === 'rows' ? where.replace(' AND tx < $5::text::xid8', '') : where;
    const held = kind === 'rows' ? 'tx >= $5::text::xid8' : 'false';
    const [row] = await source.query<{ rows: number; held: number; age: number }[]>(
      `SELECT count(*)::float8 AS rows, count(*) FILTER (WHERE ${held})::float8 AS held,
         greatest(coalesce(extract(epoch FROM clock_timestamp() - min(at)) * 1000, 0), 0)::float8 AS age
       FROM audit_logs WHERE ${withHeld}`,
      [...values],
    );
    lag.rows += row?.rows ?? 0;
    lag.heldRows += row?.held ?? 0;
    lag.ageMs = Math.max(lag.ageMs, Math.round(row?.age ?? 0));
  }
  if (lag.heldRows === 0) return { ...lag, holder: undefined };
  // The role of system work may not look at the sessions of other logins.
  const [holder] = await runAsOwner('lag of the audit seals', () =>
    source.query<HorizonHolder[]>(HOLDER, [state.horizon]),
  );
  return { ...lag, holder };
}
