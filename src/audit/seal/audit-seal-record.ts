import { type KeyObject, hash, sign, verify } from 'node:crypto';
import type { AuditSealKind } from '../../entities/audit/audit-seal.entity.js';
import type { OpenedSealKey } from './seal-key.js';

/** What a seal says; its hash covers all of it. */
export interface AuditSealStatement {
  readonly seq: number;
  readonly kind: AuditSealKind;
  readonly epoch: number;
  readonly fromTx: number;
  readonly fromId: number;
  readonly toTx: number;
  readonly toId: number;
  readonly minId: number;
  readonly maxId: number;
  readonly minAt: string | null;
  readonly maxAt: string | null;
  /** The first transaction that had not begun when this was sealed. */
  readonly nextTx: number;
  readonly count: number;
  /** Rows of this seal and of all before it. */
  readonly total: number;
  readonly root: string;
  /** SHA-256 of the list of where the rows stand. */
  readonly placesHash: string;
  readonly sealedAt: string;
  /** Of a retirement: the month whose rows were dropped, and what the export answered. */
  readonly month: string | null;
  readonly receipt: string | null;
  readonly prevSealHash: string | null;
  readonly keyId: string;
}

export interface AuditSealRecord extends AuditSealStatement {
  readonly hash: string;
  /** Ed25519 over the bytes of the hash, in base64. */
  readonly sig: string;
}

const FORM = 'rowguard-audit-seal-1';

const FIELDS = [
  'seq',
  'kind',
  'epoch',
  'fromTx',
  'fromId',
  'toTx',
  'toId',
  'minId',
  'maxId',
  'minAt',
  'maxAt',
  'nextTx',
  'count',
  'total',
  'root',
  'placesHash',
  'sealedAt',
  'month',
  'receipt',
  'prevSealHash',
  'keyId',
] as const satisfies readonly (keyof AuditSealStatement)[];

export function signedSeal(
  statement: Omit<AuditSealStatement, 'keyId'>,
  { keyId, privateKey }: OpenedSealKey,
): AuditSealRecord {
  const complete = { ...statement, keyId };
  const digest = statementHash(complete);
  const sig = sign(null, digest, privateKey).toString('base64');
  return { ...complete, hash: digest.toString('hex'), sig };
}

/** What is wrong with the seal itself, whatever the rows are like. */
export function sealProblem(
  seal: AuditSealRecord,
  keyOf: (keyId: string) => KeyObject | undefined,
): string | undefined {
  const digest = statementHash(seal);
  if (digest.toString('hex') !== seal.hash) return 'its hash does not fit what it says';
  const key = keyOf(seal.keyId);
  if (!key) return `it is signed by the key ${JSON.stringify(seal.keyId)}, which is not known`;
  const signature = Buffer.from(seal.sig, 'base64');
  return verify(null, digest, key, signature) ? undefined : 'its signature does not fit';
}

export function hashOfStatement(seal: AuditSealStatement): string {
  return statementHash(seal).toString('hex');
}

/** True for the seal that was linked to, be it that only one of its hash and its words was changed. */
export function isKnownAs(seal: AuditSealRecord, linked: string | null): boolean {
  return seal.hash === linked || hashOfStatement(seal) === linked;
}

function statementHash(statement: AuditSealStatement): Buffer {
  const text = JSON.stringify([FORM, ...FIELDS.map((field) => statement[field])]);
  return hash('sha256', Buffer.from(text, 'utf8'), 'buffer');
}
