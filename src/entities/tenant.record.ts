import { CreateDateColumn, Generated, PrimaryColumn } from 'typeorm';
import { TenantAppended } from './tenant-appended.js';

/**
 * Rows of one tenant that are added and then stay as they are: ledgers and histories. The role of
 * the tenants may read and add them, nothing else; only system work purges them.
 */
export abstract class TenantRecord extends TenantAppended {
  /** UUID version 7, made here; the database's default serves raw SQL only. */
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  @Generated('uuid')
  id!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
