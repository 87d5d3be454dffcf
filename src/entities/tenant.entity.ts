import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Generated,
  Index,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { OF_AN_ACT, OF_THE_DELETED } from './base-columns.js';
import { TenantOwned } from './tenant-owned.js';

/** Rows of one tenant. The primary key starts with the tenant, and so does every reference to it. */
@Index(['tenantId', 'deleteBatch'], { where: OF_AN_ACT })
@Index(['deletedAt'], { where: OF_THE_DELETED })
export abstract class TenantEntity extends TenantOwned {
  /** UUID version 7, made here; the database's default serves raw SQL only. */
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  @Generated('uuid')
  id!: string;

  /** Milliseconds, as in JavaScript: a finer time would not survive the way there and back. */
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

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
