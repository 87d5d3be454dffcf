import { Column, DeleteDateColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import { SharedRow } from './shared-row.js';

/** Rows that belong to no tenant. The class needs `@Tenantless('why')`. */
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

  @VersionColumn({ name: 'version', type: 'integer', default: 1 })
  version!: number;
}
