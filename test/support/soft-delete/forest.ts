import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  IndexActive,
  type RowguardDataSource,
  SoftDelete,
  TenantEntity,
  TenantManyToOne,
  UniqueActive,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity, type Relation } from 'typeorm';
import { type OpenedSource, opened } from '../opened-source.js';
import { ScratchDatabase } from '../scratch-database.js';

/** References of every kind: to the same table, over several levels, to two owners, in a circle. */
@Entity('branches')
@IndexActive('parentId')
@IndexActive('nestId')
export class Branch extends TenantEntity {
  @UniqueActive()
  @Column('text', { nullable: true })
  label!: string | null;

  @SoftDelete('cascade')
  @TenantManyToOne<Branch>(() => Branch)
  parent!: Relation<Branch> | null;

  parentId!: string | null;

  /** Closes the circle over leaves and nests. */
  @SoftDelete('cascade')
  @TenantManyToOne<Nest>(() => Nest)
  nest!: Relation<Nest> | null;

  nestId!: string | null;
}

@Entity('leaves')
@IndexActive('branchId')
@IndexActive('shadeId')
export class Leaf extends TenantEntity {
  @TenantManyToOne(() => Branch, { nullable: false, onDelete: 'CASCADE' })
  branch!: Branch;

  branchId!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Branch)
  shade!: Branch | null;

  shadeId!: string | null;
}

@Entity('nests')
@IndexActive('leafId')
export class Nest extends TenantEntity {
  @TenantManyToOne(() => Leaf, { nullable: false, onDelete: 'CASCADE' })
  leaf!: Leaf;

  leafId!: string;
}

/** Sits on a branch that may not go while it does. */
@Entity('swings')
export class Swing extends TenantEntity {
  @TenantManyToOne(() => Branch, { onDelete: 'RESTRICT' })
  branch!: Branch | null;

  branchId!: string | null;

  @SoftDelete('setNull')
  @TenantManyToOne(() => Leaf)
  leaf!: Leaf | null;

  leafId!: string | null;
}

export const FOREST = [Branch, Leaf, Nest, Swing];

export type OpenSource = OpenedSource<RowguardDataSource>;

export async function openWith(
  entities: Function[],
  options: DatabaseModuleOptions = {},
): Promise<OpenSource> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, entities, ...options });
  return opened(source, database);
}
