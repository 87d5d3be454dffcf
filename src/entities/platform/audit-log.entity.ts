import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { TenantAppended } from '../tenant-appended.js';

export const AUDIT_SOURCES = ['orm', 'trigger', 'manual'] as const;
export type AuditSource = (typeof AUDIT_SOURCES)[number];

export const AUDIT_OPERATIONS = [
  'insert',
  'update',
  'delete',
  'soft_delete',
  'restore',
  'truncate',
  'purge',
] as const;
export type AuditOperation = (typeof AUDIT_OPERATIONS)[number];

/** What a change did to each column: the value before, and the value after. */
export type AuditDiff = Record<string, [unknown, unknown]>;

/**
 * One change of one row. Partitioned by month, which TypeORM cannot declare: the table is written
 * by hand in its migration, and left alone by the schema diff.
 */
@Entity({ name: 'audit_logs', synchronize: false })
export class AuditLog extends TenantAppended {
  @PrimaryColumn({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  at!: Date;

  /** Counted by the database, and so in the order in which one transaction wrote. */
  @PrimaryColumn({ type: 'bigint', generated: 'increment' })
  id!: string;

  /** The transaction, as PostgreSQL numbers it. */
  @Column({ type: 'bigint', insert: false, default: () => 'pg_current_xact_id()' })
  tx!: string;

  @Column({ type: 'smallint', default: 0 })
  epoch!: number;

  @TextColumn({ max: 50, default: 'user' })
  actorType!: string;

  @TextColumn({ max: 255, nullable: true })
  actorId!: string | null;

  @TextColumn({ max: 255, nullable: true })
  onBehalfOf!: string | null;

  @TextColumn({ max: 255, nullable: true })
  requestId!: string | null;

  @TextColumn({ max: 255, nullable: true })
  traceId!: string | null;

  @ChoiceColumn(AUDIT_SOURCES, { default: 'manual' })
  source!: AuditSource;

  @ChoiceColumn(AUDIT_OPERATIONS)
  op!: AuditOperation;

  @TextColumn({ max: 63, default: 'public' })
  schemaName!: string;

  @TextColumn({ max: 63 })
  tableName!: string;

  @TextColumn({ max: 200, nullable: true })
  entity!: string | null;

  @JsonColumn()
  pk!: Record<string, unknown>;

  /** Null once it was erased on request; what seals the row still holds. */
  @JsonColumn({ nullable: true })
  diff!: AuditDiff | null;

  @JsonColumn()
  meta!: Record<string, unknown>;

  /** Keeps the hash of a short value from being guessed. */
  @Column({ type: 'bytea', nullable: true, select: false })
  salt!: Buffer | null;
}
