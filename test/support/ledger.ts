import { Logger } from '@nestjs/common';
import {
  Audited,
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity, JoinTable, ManyToMany, OneToMany, type Relation } from 'typeorm';
import { ScratchDatabase } from './scratch-database.js';
import { ACME } from './shop.js';

/** Entities of an application that has nothing of ours but the audit log. */
@Audited({ mask: ['secret'], exclude: ['scratch'] })
@Entity('accounts')
export class LedgerAccount extends TenantEntity {
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

  @OneToMany<LedgerEntry>('LedgerEntry', 'account', { cascade: true })
  entries!: Relation<LedgerEntry>[];

  @ManyToMany(() => LedgerGroup)
  @JoinTable({ name: 'account_groups' })
  groups!: LedgerGroup[];
}

@Audited()
@Entity('entries')
export class LedgerEntry extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => LedgerAccount, { nullable: true, onDelete: 'CASCADE' })
  account!: LedgerAccount | null;

  accountId!: string | null;
}

@Audited({ ignore: ['seenAt'], exclude: ['scratch'] })
@Entity('groups')
export class LedgerGroup extends TenantEntity {
  @Column('text')
  name!: string;

  @Column('timestamptz', { nullable: true })
  seenAt!: Date | null;

  @Column('text', { nullable: true })
  scratch!: string | null;
}

/** Nobody asked for its history. */
@Entity('sketches')
export class Sketch extends TenantEntity {
  @Column('text')
  text!: string;
}

export const LEDGER = [LedgerAccount, LedgerEntry, LedgerGroup, Sketch];

export const ANN = { tenantId: ACME, actorId: 'ann', requestId: 'request-1' } as const;

export interface LedgerSource {
  readonly source: RowguardDataSource;
  readonly database: ScratchDatabase | undefined;
  close(): Promise<void>;
}

export async function openLedger(options: DatabaseModuleOptions = {}): Promise<LedgerSource> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, entities: LEDGER, ...options });
  await source.initialize();
  return {
    source,
    database,
    close: async () => {
      await source.destroy();
      await database.drop();
    },
  };
}

export async function openEmbeddedLedger(
  options: DatabaseModuleOptions = {},
): Promise<LedgerSource> {
  Logger.overrideLogger(false);
  const source = createDataSource({ embedded: 'memory', entities: LEDGER, ...options });
  await source.initialize();
  return { source, database: undefined, close: () => source.destroy() };
}

export const LEDGER_PLACES = [
  ['a server', openLedger],
  ['the embedded engine', openEmbeddedLedger],
] as const;

export function asAnn<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.run(ANN, work);
}

/** How many statements TypeORM sends for some work. */
export async function statementsOf(
  source: RowguardDataSource,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const sent: string[] = [];
  const logger = source.logger;
  const nothing = () => undefined;
  source.logger = {
    logQuery: (sql) => sent.push(sql),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  await work().finally(() => {
    source.logger = logger;
  });
  return sent;
}
