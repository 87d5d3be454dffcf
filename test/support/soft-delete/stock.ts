import {
  SharedEntity,
  TenantEntity,
  Tenantless,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';
import { Column, Entity, Tree, TreeChildren, TreeParent } from 'typeorm';

/** A number once given is not given again; a place can be taken again. */
@Entity('tickets')
export class Ticket extends TenantEntity {
  @UniqueForever()
  @Column('integer')
  number!: number;

  @UniqueActive()
  @Column('text', { nullable: true })
  place!: string | null;

  @Column('text', { default: '' })
  title!: string;

  @Column('integer', { default: 0 })
  views!: number;
}

@Entity('stations')
@Tenantless('stations are the same for everybody', { tenants: 'write' })
export class Station extends SharedEntity {
  @UniqueForever()
  @Column('text')
  code!: string;

  @Column('text', { default: '' })
  name!: string;
}

@Entity('branches')
@Tree('materialized-path')
export class Branch extends TenantEntity {
  @Column('text')
  name!: string;

  @TreeChildren()
  children!: Branch[];

  @TreeParent()
  parent!: Branch | null;
}

export const STOCK = [Ticket, Station, Branch];
