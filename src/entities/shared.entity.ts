import { CreateDateColumn, Generated, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** Rows that belong to no tenant. The class needs `@Tenantless('why')`. */
export abstract class SharedEntity {
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  @Generated('uuid')
  id!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
