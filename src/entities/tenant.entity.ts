import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Generated,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { TenantOwned } from './tenant-owned.js';

/** Rows of one tenant. The primary key starts with the tenant, and so does every reference to it. */
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

  @VersionColumn({ name: 'version', type: 'integer', default: 1 })
  version!: number;
}
