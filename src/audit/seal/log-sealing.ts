import type { DataSource } from 'typeorm';
import { AuditEpochError } from '../../errors/audit-epoch.error.js';
import { type AuditSealRecord, signedSeal } from './audit-seal-record.js';
import { merkleRoot } from './merkle.js';
import type { OpenedSealKey } from './seal-key.js';
import { SealStore, placesHashOf } from './seal-store.js';
import { RAW_PLACE, type SealedPlace, packPlaces, placesFromRaw } from './sealed-places.js';
import { LEAF } from './sealed-row.js';
import {
  type SealingState,
  type Stretch,
  lockedState,
  unsealedStretches,
} from './unsealed-stretch.js';

/** Rows that one seal covers at most. */
export const ROWS_A_SEAL = 10_000;
/** Rows that one transaction seals at most: it stays short, however much has waited. */
const ROWS_A_STEP = 100_000;

export interface SealingStep {
  readonly outcome: 'more-waits' | 'all-sealed' | 'busy';
  readonly seals: number;
  readonly rows: number;
}

interface Batch {
  readonly leaves: Buffer;
  readonly places: Buffer;
}

/** Seals what has waited longest, in the transaction in hand. */
export class LogSealing {
  private readonly store: SealStore;
  /** Of the first step: writers could keep a sealing at work for ever. */
  private horizon: string | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly key: OpenedSealKey,
  ) {
    this.store = new SealStore(source);
  }

  async step(): Promise<SealingStep> {
    const now = await lockedState(this.source);
    if (!now.locked) return { outcome: 'busy', seals: 0, rows: 0 };
    this.horizon ??= now.horizon;
    const state = { ...now, horizon: this.horizon };
    const last = await this.store.head();
    refuseRestored(state, last);
    for (const stretch of await unsealedStretches(this.source, state, last)) {
      const batches = await this.batches(stretch);
      if (batches.length === 0) continue;
      return this.seal(batches, { state, stretch, last });
    }
    return { outcome: 'all-sealed', seals: 0, rows: 0 };
  }

  private async seal(
    batches: readonly Batch[],
    around: { state: SealingState; stretch: Stretch; last: AuditSealRecord | undefined },
  ): Promise<SealingStep> {
    let { last } = around;
    let rows = 0;
    for (const batch of batches) {
      const places = placesFromRaw(batch.places);
      const packed = packPlaces(places);
      last = signedSeal(
        {
          ...extentOf(places),
          ...linkTo(last, places.length),
          kind: around.stretch.kind,
          epoch: around.stretch.epoch,
          nextTx: around.state.nextTx,
          sealedAt: around.state.now,
          root: merkleRoot(batch.leaves).toString('hex'),
          placesHash: placesHashOf(packed),
          month: null,
          receipt: null,
        },
        this.key,
      );
      await this.store.add({ ...last, leaves: batch.leaves, places: packed });
      rows += places.length;
    }
    const isDone = around.stretch.kind === 'rows' && rows < ROWS_A_STEP;
    return { outcome: isDone ? 'all-sealed' : 'more-waits', seals: batches.length, rows };
  }

  /** The hashes are made before the sort, so that it moves little; and by the database, in one scan. */
  private async batches(stretch: Stretch): Promise<Batch[]> {
    const { where, values, order } = stretch;
    const cut = await this.source.query<{ tx: string; id: string }[]>(
      `SELECT tx::text AS tx, id::text AS id FROM audit_logs WHERE ${where}
       ORDER BY ${order} OFFSET ${ROWS_A_STEP - 1} LIMIT 1`,
      [...values],
    );
    const [most] = cut;
    const next = values.length + 1;
    const upTo =
      order === 'id' ? `id <= $${next}` : `(tx, id) <= ($${next + 1}::text::xid8, $${next})`;
    const limits = most ? (order === 'id' ? [most.id] : [most.id, most.tx]) : [];
    return this.source.query<Batch[]>(
      `SELECT string_agg(leaf, ''::bytea ORDER BY nr) AS leaves, string_agg(place, ''::bytea ORDER BY nr) AS places
       FROM (SELECT leaf, place, row_number() OVER (ORDER BY ${order}) AS nr
         FROM (SELECT tx, id, ${LEAF} AS leaf, ${RAW_PLACE} AS place FROM audit_logs
           WHERE ${where}${most ? ` AND ${upTo}` : ''} OFFSET 0) AS waiting) AS numbered
       GROUP BY (nr - 1) / ${ROWS_A_SEAL} ORDER BY (nr - 1) / ${ROWS_A_SEAL}`,
      [...values, ...limits],
    );
  }
}

/** What a seal says about the one before it. */
export function linkTo(last: AuditSealRecord | undefined, count: number) {
  return {
    seq: (last?.seq ?? 0) + 1,
    count,
    total: (last?.total ?? 0) + count,
    prevSealHash: last?.hash ?? null,
  };
}

function extentOf(places: readonly SealedPlace[]) {
  const [first, last] = [places[0], places.at(-1)] as [SealedPlace, SealedPlace];
  const extent = { minId: first.id, maxId: first.id, minAt: first.at, maxAt: first.at };
  for (const { id, at } of places) {
    extent.minId = Math.min(extent.minId, id);
    extent.maxId = Math.max(extent.maxId, id);
    extent.minAt = Math.min(extent.minAt, at);
    extent.maxAt = Math.max(extent.maxAt, at);
  }
  return {
    fromTx: first.tx,
    fromId: first.id,
    toTx: last.tx,
    toId: last.id,
    minId: extent.minId,
    maxId: extent.maxId,
    minAt: new Date(extent.minAt).toISOString(),
    maxAt: new Date(extent.maxAt).toISOString(),
  };
}

/** A transaction that was sealed cannot be one that has not begun yet. */
function refuseRestored(state: SealingState, last: AuditSealRecord | undefined): void {
  if (!last || last.epoch !== state.epoch || last.toTx < state.nextTx) return;
  throw new AuditEpochError({
    problem: `The newest seal covers transaction ${last.toTx}, and this database has only come to ${state.nextTx}: it was restored from a dump`,
    mend: 'Call AuditSeals.newEpoch() once, or run: rowguard audit:seal --new-epoch',
    given: { sealed: last.toTx, next: state.nextTx },
  });
}
