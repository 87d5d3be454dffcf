import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  OneToMany,
  Tree,
  TreeChildren,
  TreeParent,
} from 'typeorm';
import {
  SharedEntity,
  TenantEntity,
  Tenantless,
  TenantManyToOne,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';

/** A small shop: every kind of relation that TypeORM knows, in the form that tenants need. */
@Entity({ name: 'customers' })
export class Customer extends TenantEntity {
  @UniqueActive()
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text', nullable: true })
  note!: string | null;

  @OneToMany(() => Invoice, (invoice) => invoice.customer)
  invoices!: Invoice[];

  @OneToMany(() => Letter, (letter) => letter.customer)
  letters!: Promise<Letter[]>;
}

@Entity({ name: 'invoices' })
export class Invoice extends TenantEntity {
  @UniqueActive()
  @Column({ type: 'text' })
  number!: string;

  @Column({ type: 'numeric', precision: 12, scale: 2, default: 0 })
  total!: string;

  @TenantManyToOne(() => Customer, { inverse: (customer: Customer) => customer.invoices })
  customer!: Customer | null;

  customerId!: string | null;

  @ManyToMany(() => Label, (label) => label.invoices)
  @JoinTable({ name: 'invoice_labels' })
  labels!: Label[];
}

@Entity({ name: 'labels' })
export class Label extends TenantEntity {
  @UniqueActive()
  @Column({ type: 'text' })
  name!: string;

  @ManyToMany(() => Invoice, (invoice) => invoice.labels)
  invoices!: Invoice[];
}

/** Its customer always comes along; the customer's letters come when they are asked for. */
@Entity({ name: 'letters' })
export class Letter extends TenantEntity {
  @Column({ type: 'text' })
  body!: string;

  @TenantManyToOne(() => Customer, {
    inverse: (customer: Customer) => customer.letters,
    eager: true,
  })
  customer!: Customer | null;
}

@Entity({ name: 'categories' })
@Tree('nested-set')
export class Category extends TenantEntity {
  @Column({ type: 'text' })
  name!: string;

  @TreeChildren()
  children!: Category[];

  @TreeParent()
  parent!: Category | null;
}

@Entity({ name: 'folders' })
@Tree('materialized-path')
export class Folder extends TenantEntity {
  @Column({ type: 'text' })
  name!: string;

  @TreeChildren()
  children!: Folder[];

  @TreeParent()
  parent!: Folder | null;
}

@Entity({ name: 'countries' })
@Tenantless('the list of countries is the same for everybody')
export class Country extends SharedEntity {
  @UniqueForever()
  @Column({ type: 'text' })
  code!: string;
}

export const SHOP = [Customer, Invoice, Label, Letter, Category, Folder, Country];

export const ACME = '0190a000-0000-7000-8000-00000000000a';
export const GLOBEX = '0190b000-0000-7000-8000-00000000000b';
export const INITECH = '0190c000-0000-7000-8000-00000000000c';
