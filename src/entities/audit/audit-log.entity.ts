import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { TenantReadOnly } from '../tenant-read-only.js';

export const AUDIT_SOURCES = ['orm', 'trigger', 'manual'] as const;
export type AuditSource = (typeof AUDIT_SOURCES)[number];

/** `database`: somebody at the database itself, past the application; the actor is the login. */
export const AUDIT_ACTORS = ['user', 'api_key', 'system', 'anonymous', 'database'] as const;
export type AuditActor = (typeof AUDIT_ACTORS)[number];

export const AUDIT_OPERATIONS = [
  'insert',
  'update',
  'delete',
  'soft_delete',
  'restore',
  'truncate',
  'purge',
  'note',
  'read',
] as const;
export type AuditOperation = (typeof AUDIT_OPERATIONS)[number];

/** What a change did to each column: the value before, and the value after. */
export type AuditDiff = Record<string, [unknown, unknown]>;

/**
 * One change of one row. Partitioned by month, which TypeORM cannot declare: the table is written
 * by hand in its migration, and left alone by the schema diff.
 */
@Entity({ name: 'audit_logs', synchronize: false })
export class AuditLog extends TenantReadOnly {
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

  @ChoiceColumn(AUDIT_ACTORS)
  actorType!: AuditActor;

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

  @TextColumn({ max: 63, nullable: true })
  schemaName!: string | null;

  /** Null for a note that is about no row. */
  @TextColumn({ max: 63, nullable: true })
  tableName!: string | null;

  @TextColumn({ max: 200, nullable: true })
  entity!: string | null;

  /** What a note says was done. */
  @TextColumn({ max: 200, nullable: true })
  action!: string | null;

  /** The primary key of the row, by column and without the tenant. */
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

  /** What the seal holds of the diff; kept when the diff itself is erased. */
  @Column({ type: 'bytea', nullable: true, select: false })
  diffHash!: Buffer | null;

  /**
   * Of table and key: what a row is found by. The key itself is jsonb, whose comparison PostgreSQL
   * does not trust under row-level security, and so would use no index for.
   */
  @Column({ type: 'bigint', nullable: true, select: false, insert: false, update: false })
  keyHash!: string | null;
}
