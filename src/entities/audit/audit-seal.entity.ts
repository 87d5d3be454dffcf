import { Column, Entity, Index } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { BigCountColumn, CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { SharedRecord } from '../shared.record.js';

const SHA256 = /^[0-9a-f]{64}$/;
const MONTH = /^\d{4}-\d{2}$/;

/**
 * `rows`: a stretch of the log. `closing`: what was left of an epoch. `retirement`: the rows of a
 * month were dropped; it seals none.
 */
export const AUDIT_SEAL_KINDS = ['rows', 'closing', 'retirement'] as const;
export type AuditSealKind = (typeof AUDIT_SEAL_KINDS)[number];

/** Makes a stretch of the audit log tamper-evident: the root of its hashes, chained and signed. */
@Entity({ name: 'audit_seals' })
@Tenantless('a seal covers the audit rows of all tenants', { tenants: 'none' })
@Index(['seq'], { unique: true })
export class AuditSeal extends SharedRecord {
  @BigCountColumn({ min: 1 })
  seq!: number;

  @ChoiceColumn(AUDIT_SEAL_KINDS, { default: 'rows' })
  kind!: AuditSealKind;

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

  /** Of the rows of this seal: how their blocks are found by an index that costs writers nothing. */
  @BigCountColumn({ default: 0 })
  minId!: number;

  @BigCountColumn({ default: 0 })
  maxId!: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  minAt!: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  maxAt!: Date | null;

  /** The first transaction that had not begun; its rows have greater ids than the rows of this seal. */
  @BigCountColumn({ default: 0 })
  nextTx!: number;

  @BigCountColumn()
  count!: number;

  /** Rows of this seal and of all before it. */
  @BigCountColumn({ default: 0 })
  total!: number;

  @TextColumn({ max: 64, matches: SHA256 })
  root!: string;

  /** The hash of each row, one after the other: names the row that was changed, and proves one that is gone. */
  @Column({ type: 'bytea', nullable: true, select: false })
  leaves!: Buffer | null;

  /** Transaction, id and time of each row, packed. */
  @Column({ type: 'bytea', nullable: true, select: false })
  places!: Buffer | null;

  @TextColumn({ max: 7, nullable: true, matches: MONTH })
  month!: string | null;

  @TextColumn({ max: 500, nullable: true })
  receipt!: string | null;

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
