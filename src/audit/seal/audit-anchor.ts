import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { AuditSealRecord } from './audit-seal-record.js';

/** The newest seal in short. Kept outside of the database it shows that the log was cut or rolled back. */
export interface AuditAnchor {
  readonly seq: number;
  /** Rows sealed so far. */
  readonly count: number;
  readonly hash: string;
}

export function anchorOf({ seq, total, hash }: AuditSealRecord): AuditAnchor {
  return { seq, count: total, hash };
}

export function checkedAnchor(given: unknown): AuditAnchor {
  const { seq, count, hash } = (given ?? {}) as Record<string, unknown>;
  if (isCount(seq, 1) && isCount(count, 0) && typeof hash === 'string' && HASH.test(hash)) {
    return { seq, count, hash };
  }
  throw new InvalidInputError({
    problem: 'The anchor is not what AuditSeals.head() has answered',
    mend: 'Give { seq, count, hash } as it was kept, or leave the anchor out',
  });
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

const HASH = /^[0-9a-f]{64}$/;
