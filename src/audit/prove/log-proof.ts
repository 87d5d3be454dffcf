import type { DataSource } from 'typeorm';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import type { AuditProof } from './audit-proof.js';
import { HASH_BYTES, merklePath } from '../seal/merkle.js';
import { SealStore } from '../seal/seal-store.js';
import { SEALED_ROW, type SealedRow, leafOf } from '../seal/sealed-row.js';

/** A row and the proof of it: both go to the auditor. */
export interface ProvenRow {
  readonly row: SealedRow;
  readonly proof: AuditProof;
}

export async function proofOf(source: DataSource, given: string | SealedRow): Promise<ProvenRow> {
  const row = typeof given === 'string' ? await liveRow(source, given) : given;
  const leaf = leafOf(row);
  for (const stored of await new SealStore(source).holding(row.id)) {
    const { leaves, places: _, ...seal } = stored;
    const index = indexOf(leaf, leaves);
    if (index < 0) continue;
    const path = merklePath(leaves, index).map((one) => one.toString('hex'));
    return { row, proof: { version: 1, seal, index, path } };
  }
  throw new RowNotFoundError({
    problem: `No seal holds the row ${row.id} of the audit log as it is`,
    mend: 'Seal it first: AuditSeals.seal(); if it was sealed, verify() says what happened to it',
    given: { id: row.id },
  });
}

async function liveRow(source: DataSource, id: string): Promise<SealedRow> {
  const [row] = await source.query<SealedRow[]>(
    `SELECT ${SEALED_ROW} FROM audit_logs WHERE id = $1`,
    [id],
  );
  if (row) return row;
  throw new RowNotFoundError({
    problem: `The audit log has no row ${id}`,
    mend: 'Give the id of a row; one that was dropped with its month is proven from its export',
    given: { id },
  });
}

/** Not indexOf of the whole buffer alone: the hash has to begin where a hash begins. */
function indexOf(leaf: Buffer, leaves: Buffer): number {
  for (let at = leaves.indexOf(leaf); at >= 0; at = leaves.indexOf(leaf, at + 1)) {
    if (at % HASH_BYTES === 0) return at / HASH_BYTES;
  }
  return -1;
}
