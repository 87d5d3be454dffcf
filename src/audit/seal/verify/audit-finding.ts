import type { AuditAnchor } from '../audit-anchor.js';

/**
 * `modified`: a sealed row says something else. `insertedLate`: a row stands among sealed ones that was
 * not there when they were sealed. `missing`: sealed rows are gone. `truncated`: they are gone from
 * somewhere on to the end. `reordered`: a row stands in another place. `sealBroken`: a seal says
 * something else than its maker. `chainBroken`: a seal is gone or does not follow the one before.
 * `rolledBack`: the seals are behind the anchor, or others than it knows.
 */
export const AUDIT_FINDINGS = [
  'modified',
  'insertedLate',
  'missing',
  'truncated',
  'reordered',
  'sealBroken',
  'chainBroken',
  'rolledBack',
] as const;
export type AuditFindingKind = (typeof AUDIT_FINDINGS)[number];

export interface AuditFinding {
  readonly kind: AuditFindingKind;
  /** The number of the seal that tells it, where one does. */
  readonly seal: number | undefined;
  /** Of the audit log: from this row to that one. */
  readonly fromId: string | undefined;
  readonly toId: string | undefined;
  /** How many rows it is about; for seals and the chain, how many could not be checked for it. */
  readonly rows: number;
  readonly problem: string;
}

export interface AuditVerificationReport {
  /** True if nothing was found. */
  readonly intact: boolean;
  readonly seals: number;
  /** Rows that are what they were when they were sealed. */
  readonly rows: number;
  /** Rows after the newest seal: nothing can be said about them yet. */
  readonly unsealed: number;
  /** Sealed rows that were dropped with their month, as a seal says. */
  readonly retired: number;
  /** Rows whose values were erased on request; their hashes still fit. */
  readonly erased: number;
  readonly head: AuditAnchor | undefined;
  /** How often each kind was found: rows, or seals. */
  readonly counts: Readonly<Record<AuditFindingKind, number>>;
  /** At most a thousand of them; `counts` knows all. */
  readonly findings: readonly AuditFinding[];
}
