import { Entity, Index } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { IdColumn, TimeColumn } from '../columns/value.columns.js';
import { SharedRow } from '../shared-row.js';

/**
 * Keeps deleted rows from being purged, however old they are: those of one row, of one table, of one
 * tenant, or all. What is left open holds for all of it.
 */
@Entity({ name: 'retention_holds' })
@Tenantless('a hold may cover every tenant, and none has to know of it', { tenants: 'none' })
@Index(['rowId'], { where: '"lifted_at" IS NULL' })
export class RetentionHold extends SharedRow {
  /** Null: every tenant. */
  @IdColumn({ nullable: true })
  tenantId!: string | null;

  /** Null: every table. */
  @TextColumn({ max: 63, nullable: true })
  tableName!: string | null;

  /** The id of the row, as text. Null: every row. */
  @TextColumn({ max: 255, nullable: true })
  rowId!: string | null;

  @TextColumn({ max: 500 })
  reason!: string;

  @TextColumn({ max: 500 })
  placedBy!: string;

  @TimeColumn({ now: true })
  placedAt!: Date;

  /** Null: it holds. */
  @TimeColumn({ nullable: true })
  liftedAt!: Date | null;

  @TextColumn({ max: 500, nullable: true })
  liftedBy!: string | null;
}
