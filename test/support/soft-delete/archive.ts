import { Logger } from '@nestjs/common';
import {
  Audited,
  type DatabaseModuleOptions,
  RetentionHold,
  type RowguardDataSource,
  SharedEntity,
  SoftDelete,
  SoftDeletePurge,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  TenantRecord,
  Tenantless,
  createDataSource,
  uuidV7,
} from 'nestjs-rowguard';
import { Column, Entity, Index, JoinTable, ManyToMany, type ObjectLiteral } from 'typeorm';
import { type OpenedSource, opened } from '../opened-source.js';
import { ScratchDatabase } from '../scratch-database.js';
import { ACME, GLOBEX } from '../shop.js';

/** Customers with orders with lines, each kept for thirty days once it is deleted. */
@Audited()
@SoftDelete({ keep: { days: 30 } })
@Entity('customers')
export class Customer extends TenantEntity {
  @Column('text')
  name!: string;
}

@SoftDelete({ keep: { days: 30 } })
@Entity('labels')
export class Label extends TenantEntity {
  @Column('text')
  name!: string;
}

@Audited()
@SoftDelete({ keep: { days: 30 } })
@Entity('orders')
@Index(['tenantId', 'customerId'])
export class Order extends TenantEntity {
  @Column('text')
  number!: string;

  @TenantManyToOne(() => Customer, { nullable: true })
  customer!: Customer | null;

  customerId!: string | null;

  @ManyToMany(() => Label)
  @JoinTable({ name: 'order_labels' })
  labels!: Label[];
}

/** The database would delete them with their order. */
@Audited()
@SoftDelete({ keep: { days: 30 } })
@Entity('lines')
@Index(['tenantId', 'orderId'])
export class Line extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => Order, { nullable: false, onDelete: 'CASCADE' })
  order!: Order;

  orderId!: string;
}

/** Cannot be deleted softly, and would go with its order all the same. */
@Entity('receipts')
export class Receipt extends TenantRecord {
  @TenantManyToOne(() => Order, { nullable: false, onDelete: 'CASCADE' })
  order!: Order;

  orderId!: string;
}

@SoftDelete({ keep: { days: 30 } })
@Entity('folders')
@Index(['tenantId', 'parentId'])
export class Folder extends TenantEntity {
  @Column('text')
  name!: string;

  @TenantManyToOne(() => Folder, { nullable: true })
  parent!: Folder | null;

  parentId!: string | null;
}

/** A ring: a thread names its newest letter, and each letter its thread. */
@SoftDelete({ keep: { days: 30 } })
@Entity('threads')
export class Thread extends TenantEntity {
  @TenantManyToOne(() => Letter, { nullable: true })
  newest!: unknown;

  newestId!: string | null;
}

@SoftDelete({ keep: { days: 30 } })
@Entity('letters')
export class Letter extends TenantEntity {
  @TenantManyToOne(() => Thread, { nullable: false, onDelete: 'RESTRICT' })
  thread!: Thread;

  threadId!: string;
}

/** Nobody said how long it is kept. */
@Entity('diaries')
export class Diary extends TenantEntity {
  @Column('text')
  text!: string;
}

@SoftDelete({ keep: { days: 30 } })
@Entity('rates')
@Tenantless('the rates are the same for everybody')
export class Rate extends SharedEntity {
  @Column('text')
  code!: string;
}

export const ARCHIVE = [
  Customer,
  Label,
  Order,
  Line,
  Receipt,
  Folder,
  Thread,
  Letter,
  Diary,
  Rate,
  RetentionHold,
];

export interface Archive extends OpenedSource<RowguardDataSource> {
  readonly purge: SoftDeletePurge;
}

async function openOn(
  database: ScratchDatabase | undefined,
  options: DatabaseModuleOptions,
): Promise<Archive> {
  Logger.overrideLogger(false);
  const place = database ? { url: database.url } : { embedded: 'memory' };
  // Rows as they may be from before there were triggers.
  const softDelete = { ownerTriggers: false };
  const source = createDataSource({ ...place, entities: ARCHIVE, softDelete, ...options });
  return { ...(await opened(source, database)), purge: new SoftDeletePurge(source) };
}

export async function openArchive(options: DatabaseModuleOptions = {}): Promise<Archive> {
  return openOn(await ScratchDatabase.create(), options);
}

export function openEmbeddedArchive(options: DatabaseModuleOptions = {}): Promise<Archive> {
  return openOn(undefined, options);
}

export function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('test', work);
}

export function asTenant<T>(work: () => Promise<T>, tenantId: string = ACME): Promise<T> {
  return TenantContext.run({ tenantId, actorId: 'keeper' }, work);
}

export { ACME, GLOBEX };

const DAY_MS = 86_400_000;

/** A row that was deleted so many days ago; undefined: it lives. */
export async function add<Row extends ObjectLiteral>(
  source: RowguardDataSource,
  entity: new () => Row,
  values: Partial<Row>,
  deletedDaysAgo?: number,
): Promise<string> {
  const id = uuidV7();
  const deletedAt =
    deletedDaysAgo === undefined ? null : new Date(Date.now() - deletedDaysAgo * DAY_MS);
  const isShared = entity.prototype instanceof SharedEntity;
  const row = { ...(isShared ? {} : { tenantId: ACME }), id, ...values };
  await asSystem(async () => {
    await source.manager.insert(entity, row as never);
    if (deletedAt) await source.manager.update(entity, { id } as never, { deletedAt } as never);
  });
  return id;
}

/** The ids that a table still has, deleted or not. */
export async function idsOf(
  source: RowguardDataSource,
  entity: new () => ObjectLiteral,
): Promise<string[]> {
  const rows = await asSystem(() => source.manager.find(entity, { withDeleted: true }));
  return rows.map((row) => (row as { id: string }).id).toSorted();
}

/** Takes everything away again, past what a purge would mind. */
export function emptied({ source }: Archive): Promise<void> {
  return asSystem(async () => {
    await source.query('UPDATE threads SET newest_id = NULL');
    await source.query('UPDATE folders SET parent_id = NULL');
    const tables = 'receipts lines order_labels orders customers labels folders letters threads';
    for (const table of `${tables} diaries rates retention_holds`.split(' '))
      await source.query(`DELETE FROM ${table}`);
  });
}
