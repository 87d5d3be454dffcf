import { Entity, Index } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { BigCountColumn, CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { SharedRecord } from '../shared.record.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** Makes a stretch of the audit log tamper-evident: the root of its hashes, chained and signed. */
@Entity({ name: 'audit_seals' })
@Tenantless('a seal covers the audit rows of all tenants', { tenants: 'none' })
@Index(['seq'], { unique: true })
export class AuditSeal extends SharedRecord {
  @BigCountColumn({ min: 1 })
  seq!: number;

  /** Counted up when the database is restored elsewhere and transactions begin at 1 again. */
  @CountColumn({ default: 0 })
  epoch!: number;

  @BigCountColumn()
  fromTx!: number;

  @BigCountColumn()
  fromId!: number;

  @BigCountColumn()
  toTx!: number;

  @BigCountColumn()
  toId!: number;

  @BigCountColumn()
  count!: number;

  @TextColumn({ max: 64, matches: SHA256 })
  root!: string;

  /** Null in the first seal only. */
  @TextColumn({ max: 64, nullable: true, matches: SHA256 })
  prevSealHash!: string | null;

  @TextColumn({ max: 64, matches: SHA256 })
  hash!: string;

  /** Ed25519, in base64; the key is kept outside of the database. */
  @TextColumn({ max: 200 })
  sig!: string;

  @TextColumn({ max: 100 })
  keyId!: string;
}
