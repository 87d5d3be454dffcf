import { CreateDateColumn, Generated, PrimaryColumn } from 'typeorm';

/** Whatever belongs to no tenant: rows that change, and rows that are only added. */
export abstract class SharedRow {
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  @Generated('uuid')
  id!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
