import type { KeyObject } from 'node:crypto';
import { type AuditSealRecord, sealProblem } from '../seal/audit-seal-record.js';
import { HASH_BYTES, rootOfPath } from '../seal/merkle.js';
import { openedPublicKey } from '../seal/seal-key.js';
import { type SealedRow, leafOf } from '../seal/sealed-row.js';

/** Shows that a row was in the audit log when a seal was made; needs no database to be checked. */
export interface AuditProof {
  readonly version: 1;
  readonly seal: AuditSealRecord;
  /** Which of the rows of the seal it is, from 0 on. */
  readonly index: number;
  /** Hashes from the row to the root of the seal, in hexadecimal digits. */
  readonly path: readonly string[];
}

export interface ProofCheck {
  readonly valid: boolean;
  /** Why it is not. */
  readonly problem: string | undefined;
}

/** Pure: what the auditor has at hand decides, and nothing else. Never throws over a forged proof. */
export function checkProof(
  proof: AuditProof,
  row: SealedRow,
  publicKey: string | Buffer | KeyObject,
): ProofCheck {
  const key = openedPublicKey(publicKey);
  const problem = attempt(() => proofProblem(proof, row, key));
  return { valid: problem === undefined, problem };
}

function proofProblem({ version, seal, index, path }: AuditProof, row: SealedRow, key: KeyObject) {
  if (version !== 1) return `its version ${String(version)} is not known`;
  const broken = sealProblem(seal, () => key);
  if (broken) return `the seal does not hold: ${broken}`;
  if (!Number.isInteger(index) || index < 0 || index >= seal.count) {
    return `the seal has ${seal.count} rows, and none of the number ${index}`;
  }
  const hashes = path.map((one) => Buffer.from(one, 'hex'));
  if (hashes.some((one) => one.length !== HASH_BYTES)) return 'its path holds what is no hash';
  const root = rootOfPath(leafOf(row), { index, count: seal.count }, hashes);
  return root?.toString('hex') === seal.root ? undefined : 'the row is not what was sealed there';
}

function attempt(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch {
    return 'it is no proof, or the row is no row of the audit log';
  }
}
