import { Logger } from '@nestjs/common';
import {
  Audited,
  createDataSource,
  type DatabaseModuleOptions,
  SharedEntity,
  TenantEntity,
  Tenantless,
  TenantManyToOne,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  OneToMany,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import { SharedRow } from '../../src/entities/shared-row.js';
import type { LedgerSource } from './ledger.js';
import { ScratchDatabase } from './scratch-database.js';

/** TypeORM would have the rows of a join table go with those that they join. */
const ON_ITS_OWN = { onDelete: 'NO ACTION', onUpdate: 'NO ACTION' } as const;

/** The ledger of an application that cannot have triggers. */
@Audited({ capture: 'orm', mask: ['secret'], exclude: ['scratch'], ignore: ['seenAt'] })
@Entity('accounts')
export class OrmAccount extends TenantEntity {
  @UniqueActive()
  @Column('text')
  name!: string;

  @Column('numeric', { precision: 18, scale: 6, default: 0 })
  balance!: string;

  @Column('bigint', { nullable: true })
  points!: string | null;

  @Column('jsonb', { nullable: true })
  details!: Record<string, unknown> | null;

  @Column('bytea', { nullable: true })
  stamp!: Buffer | null;

  @Column('text', { array: true, nullable: true })
  tags!: string[] | null;

  @Column('timestamptz', { nullable: true })
  seenAt!: Date | null;

  @Column('text', { nullable: true })
  secret!: string | null;

  @Column('text', { nullable: true, select: false })
  pin!: string | null;

  @Column('text', { nullable: true })
  scratch!: string | null;

  @OneToMany<OrmEntry>('OrmEntry', 'account', { cascade: true })
  entries!: Relation<OrmEntry>[];

  @ManyToMany(() => OrmGroup, (group) => group.accounts, ON_ITS_OWN)
  @JoinTable({ name: 'account_groups' })
  groups!: OrmGroup[];
}

@Audited({ capture: 'orm' })
@Entity('entries')
export class OrmEntry extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => OrmAccount, { inverse: (account: OrmAccount) => account.entries })
  account!: OrmAccount | null;

  accountId!: string | null;
}

@Audited({ capture: 'orm' })
@Entity('groups')
export class OrmGroup extends TenantEntity {
  @Column('text')
  name!: string;

  @ManyToMany(() => OrmAccount, (account) => account.groups, ON_ITS_OWN)
  accounts!: OrmAccount[];
}

/** Columns by whose names a careless capture would be led astray. */
@Audited({ capture: 'orm' })
@Entity('hostile')
export class OrmHostile extends TenantEntity {
  @Column('text')
  old!: string;

  @Column('text')
  new!: string;

  @Column('text', { name: "it's ключ" })
  quoted!: string;

  @Column('text', { name: 'hostile', nullable: true })
  namesake!: string | null;
}

/** PostgreSQL takes a table of this name for the row as it was. */
@Audited({ capture: 'orm' })
@Entity('old')
export class OrmOld extends TenantEntity {
  @Column('text')
  text!: string;
}

@Audited({ capture: 'orm' })
@Entity('folders')
@Tree('materialized-path')
export class OrmFolder extends TenantEntity {
  @Column('text')
  name!: string;

  @TreeChildren()
  children!: OrmFolder[];

  @TreeParent({ onDelete: 'NO ACTION' })
  parent!: OrmFolder | null;
}

/** What cannot be logged is said, and goes on. */
@Audited({ capture: 'orm', onError: 'warn' })
@Entity('drafts')
export class OrmDraft extends TenantEntity {
  @Column('text')
  text!: string;
}

@Audited({ capture: 'orm' })
@Entity('rates')
@Tenantless('the rates are the same for everybody', { tenants: 'write' })
export class OrmRate extends SharedEntity {
  @UniqueForever()
  @Column('text')
  code!: string;

  @Column('integer', { default: 0 })
  hits!: number;
}

/** Without a version or a time of change, which TypeORM would count along. */
@Audited({ capture: 'orm', exclude: ['scratch'], ignore: ['seenAt'] })
@Entity('tariffs')
@Tenantless('the tariffs are the same for everybody', { tenants: 'write' })
export class OrmTariff extends SharedRow {
  @Column('text')
  code!: string;

  @Column('timestamptz', { nullable: true })
  seenAt!: Date | null;

  @Column('text', { nullable: true })
  scratch!: string | null;
}

/** Nobody asked for its history. */
@Entity('sketches')
export class OrmSketch extends TenantEntity {
  @Column('text')
  text!: string;
}

export const ORM_LEDGER = [
  OrmAccount,
  OrmEntry,
  OrmGroup,
  OrmHostile,
  OrmOld,
  OrmFolder,
  OrmDraft,
  OrmRate,
  OrmTariff,
  OrmSketch,
];

interface OpenOptions extends DatabaseModuleOptions {
  /** False: as on a server whose RETURNING does not know how a row was. */
  readonly returnsOld?: boolean;
}

async function openOn(
  database: ScratchDatabase | undefined,
  { returnsOld, ...options }: OpenOptions,
): Promise<LedgerSource> {
  Logger.overrideLogger(false);
  const place = database ? { url: database.url } : { embedded: 'memory' };
  const source = createDataSource({ ...place, entities: ORM_LEDGER, ...options });
  await source.initialize();
  if (source.changes && returnsOld !== undefined) Object.assign(source.changes, { returnsOld });
  return {
    source,
    database,
    close: async () => {
      await source.destroy();
      await database?.drop();
    },
  };
}

export async function openOrmLedger(options: OpenOptions = {}): Promise<LedgerSource> {
  return openOn(await ScratchDatabase.create(), options);
}

export function openEmbeddedOrmLedger(options: OpenOptions = {}): Promise<LedgerSource> {
  return openOn(undefined, options);
}

/** As its version of PostgreSQL does it, and as an older one would. */
export const ORM_SERVERS = [
  ['a server', openOrmLedger],
  [
    'a server that returns no old rows',
    (options: OpenOptions = {}) => openOrmLedger({ ...options, returnsOld: false }),
  ],
] as const;

export const ORM_PLACES = [...ORM_SERVERS, ['the embedded engine', openEmbeddedOrmLedger]] as const;
