import { Column, DeleteDateColumn, Index, UpdateDateColumn, VersionColumn } from 'typeorm';
import { OF_AN_ACT, OF_THE_DELETED } from './base-columns.js';
import { SharedRow } from './shared-row.js';

/** Rows that belong to no tenant. The class needs `@Tenantless('why')`. */
@Index(['deleteBatch'], { where: OF_AN_ACT })
@Index(['deletedAt'], { where: OF_THE_DELETED })
export abstract class SharedEntity extends SharedRow {
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;

  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz', precision: 3, nullable: true })
  deletedAt!: Date | null;

  @Column({ name: 'deleted_by', type: 'text', nullable: true })
  deletedBy!: string | null;

  /** The same for all rows that one act deleted. */
  @Column({ name: 'delete_batch', type: 'uuid', nullable: true })
  deleteBatch!: string | null;

  /** What whoever deleted the row gave as the reason. */
  @Column({ name: 'delete_reason', type: 'text', nullable: true })
  deleteReason!: string | null;

  @VersionColumn({ name: 'version', type: 'integer', default: 1 })
  version!: number;
}
