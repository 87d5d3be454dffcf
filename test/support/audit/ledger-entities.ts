import {
  Audited,
  SharedEntity,
  TenantEntity,
  TenantManyToOne,
  Tenantless,
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

/** TypeORM would have the rows of a join table go with those that they join. */
const ON_ITS_OWN = { onDelete: 'NO ACTION', onUpdate: 'NO ACTION' } as const;

/** No entity says who captures its changes: the option of the module does. */
@Audited({ mask: ['secret'], exclude: ['scratch'] })
@Entity('accounts')
export class LedgerAccount extends TenantEntity {
  @Column('text')
  name!: string;

  @UniqueActive()
  @Column('text', { nullable: true })
  code!: string | null;

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

  @ManyToMany(() => LedgerGroup, (group) => group.accounts, ON_ITS_OWN)
  @JoinTable({ name: 'account_groups' })
  groups!: LedgerGroup[];
}

@Audited()
@Entity('entries')
export class LedgerEntry extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => LedgerAccount, {
    nullable: true,
    inverse: (account: LedgerAccount) => account.entries,
  })
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

  @ManyToMany(() => LedgerAccount, (account) => account.groups, ON_ITS_OWN)
  accounts!: LedgerAccount[];
}

@Audited()
@Entity('folders')
@Tree('materialized-path')
export class LedgerFolder extends TenantEntity {
  @Column('text')
  name!: string;

  @TreeChildren()
  children!: LedgerFolder[];

  @TreeParent({ onDelete: 'NO ACTION' })
  parent!: LedgerFolder | null;
}

@Audited()
@Entity('rates')
@Tenantless('the rates are the same for everybody', { tenants: 'write' })
export class LedgerRate extends SharedEntity {
  @UniqueForever()
  @Column('text')
  code!: string;

  @Column('integer', { default: 0 })
  hits!: number;
}

/** What cannot be logged is said, and goes on. */
@Audited({ onError: 'warn' })
@Entity('drafts')
export class LedgerDraft extends TenantEntity {
  @Column('text')
  text!: string;
}

/** Columns by whose names a careless capture would be led astray. */
@Audited()
@Entity('hostile')
export class LedgerHostile extends TenantEntity {
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
@Audited()
@Entity('old')
export class LedgerOld extends TenantEntity {
  @Column('text')
  text!: string;
}

/** Its rows go with those of their account, which the application would not see. */
@Audited()
@Entity('lines')
export class LedgerLine extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => LedgerAccount, { nullable: true, onDelete: 'CASCADE' })
  account!: LedgerAccount | null;

  accountId!: string | null;
}

/** Nobody asked for its history. */
@Entity('sketches')
export class Sketch extends TenantEntity {
  @Column('text')
  text!: string;
}
