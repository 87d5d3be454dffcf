import {
  type AuditSealRecord,
  hashOfStatement,
  isKnownAs,
  sealProblem,
} from '../audit-seal-record.js';
import { BEFORE_ALL, type LogPosition, endOfEpoch, isAfter } from '../log-position.js';
import { HASH_BYTES, merkleRoot } from '../merkle.js';
import type { KeyOf } from '../seal-key.js';
import type { StoredSeal } from '../seal-store.js';
import { type SealedPlace, unpackPlaces } from '../sealed-places.js';
import type { FindingList } from './finding-list.js';

/** Rows after `from` up to `to` of which the seal is gone, or cannot be believed. */
interface UncheckedStretch {
  readonly from: LogPosition;
  readonly to: LogPosition;
}

const NO_FIT = 'its lists of rows do not fit its root';

/** Walks the seals in their order: each link, each signature, each root. */
export class SealChain {
  private readonly unchecked: UncheckedStretch[] = [];
  private end: LogPosition;

  constructor(
    private before: AuditSealRecord | undefined,
    private readonly keyOf: KeyOf,
    private readonly findings: FindingList,
  ) {
    this.end = before ? endOf(before) : BEFORE_ALL;
  }

  /** The places of its rows, or undefined if the seal cannot be believed. */
  follow(seal: StoredSeal): SealedPlace[] | undefined {
    this.checkLink(seal);
    const places = unpackPlaces(seal.places);
    const lists = hashOfStatement(seal) === seal.hash && fitsLists(seal, places);
    const problem = sealProblem(seal, this.keyOf) ?? (lists ? undefined : NO_FIT);
    const end = endOf(seal, places.at(-1));
    if (problem) {
      const rows = lists ? 0 : seal.count;
      this.findings.chain({ kind: 'sealBroken', seal: seal.seq, rows, problem });
    }
    if (!lists) this.unchecked.push({ from: this.end, to: later(end, endOf(seal)) });
    this.before = seal;
    this.end = end;
    return lists ? places : undefined;
  }

  /** Rows there are known to have no seal that could be asked. */
  isUnchecked(position: LogPosition): boolean {
    return this.unchecked.some(({ from, to }) => isAfter(position, from) && !isAfter(position, to));
  }

  private checkLink(seal: StoredSeal): void {
    const { before } = this;
    const gone = seal.seq - (before?.seq ?? 0) - 1;
    if (gone > 0) {
      const rows = seal.total - seal.count - (before?.total ?? 0);
      const problem = `${gone === 1 ? 'a seal' : `${gone} seals`} before it ${gone === 1 ? 'is' : 'are'} gone`;
      this.findings.chain({ kind: 'chainBroken', seal: seal.seq, rows, problem });
      this.unchecked.push({ from: this.end, to: beginOf(seal) });
    } else if (before ? !isKnownAs(before, seal.prevSealHash) : seal.prevSealHash !== null) {
      const problem = 'it does not follow the seal that stands before it';
      this.findings.chain({ kind: 'chainBroken', seal: seal.seq, problem });
    }
  }
}

/** What a believable seal covers ends here. */
export function endOf(seal: AuditSealRecord, last?: SealedPlace): LogPosition {
  if (seal.kind === 'closing') return endOfEpoch(seal.epoch);
  return { epoch: seal.epoch, tx: last?.tx ?? seal.toTx, id: last?.id ?? seal.toId };
}

function later(one: LogPosition, other: LogPosition): LogPosition {
  return isAfter(one, other) ? one : other;
}

/** Just before its first row, which no id of a row is. */
function beginOf({ kind, epoch, fromTx, fromId }: AuditSealRecord): LogPosition {
  return { epoch, tx: fromTx, id: kind === 'retirement' ? fromId : fromId - 0.5 };
}

function fitsLists(seal: StoredSeal, places: readonly SealedPlace[]): boolean {
  const { leaves, count, root } = seal;
  return (
    leaves.length === count * HASH_BYTES &&
    places.length === count &&
    merkleRoot(leaves).toString('hex') === root
  );
}
