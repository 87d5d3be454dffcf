import { IsDefined, IsEmail, IsIn, IsString, Length, Max, Min } from 'class-validator';
import {
  BeforeInsert,
  BeforeUpdate,
  ChildEntity,
  Column,
  Entity,
  OneToMany,
  TableInheritance,
} from 'typeorm';
import {
  SharedEntity,
  TenantEntity,
  Tenantless,
  TenantManyToOne,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';

export class Address {
  @Length(2, 40)
  @Column({ type: 'text' })
  city!: string;

  @Column({ type: 'text', nullable: true })
  street!: string | null;
}

@Entity({ name: 'orders' })
export class Order extends TenantEntity {
  @UniqueActive()
  @Length(1, 10)
  @Column({ type: 'text' })
  number!: string;

  @IsEmail()
  @Column({ type: 'text', select: false })
  email!: string;

  /** No IsOptional: what the database fills is not asked for. */
  @IsIn(['open', 'closed'])
  @Column({ type: 'text', default: 'open' })
  state!: string;

  /** Cents in the database, an amount here. */
  @Min(0)
  @Max(1_000)
  @Column({
    type: 'integer',
    transformer: {
      to: (value: unknown) => (typeof value === 'number' ? Math.round(value * 100) : value),
      from: (value: number) => value / 100,
    },
  })
  total!: number;

  @Column(() => Address)
  address!: Address;

  @OneToMany(() => Line, (line) => line.order, { cascade: true })
  lines!: Line[];
}

@Entity({ name: 'lines' })
export class Line extends TenantEntity {
  @TenantManyToOne(() => Order, { nullable: false, inverse: (order: Order) => order.lines })
  order!: Order;

  orderId!: string;

  @Min(1)
  @Column({ type: 'integer' })
  quantity!: number;
}

/** Fills itself: what a listener sets is there when the row is looked over. */
@Entity({ name: 'pages' })
export class Page extends TenantEntity {
  @Length(1, 20)
  @Column({ type: 'text' })
  title!: string;

  @Length(1, 20)
  @Column({ type: 'text' })
  slug!: string;

  @BeforeInsert()
  @BeforeUpdate()
  async makeSlug(): Promise<void> {
    await Promise.resolve();
    this.slug = this.title?.toLowerCase();
  }
}

@Entity({ name: 'vehicles' })
@TableInheritance({ column: { type: 'text', name: 'kind' } })
export class Vehicle extends TenantEntity {
  @Length(2, 9)
  @Column({ type: 'text' })
  plate!: string;
}

@ChildEntity('truck')
export class Truck extends Vehicle {
  @Min(1)
  @IsDefined()
  @Column({ type: 'integer', nullable: true })
  load!: number;
}

@Entity({ name: 'units' })
@Tenantless('units are the same for everybody')
export class Unit extends SharedEntity {
  @IsString()
  @Length(1, 3)
  @UniqueForever()
  @Column({ type: 'text' })
  code!: string;
}

export const ORDERS = [Order, Line, Page, Vehicle, Truck, Unit];

export function order(number: string, more: Partial<Order> = {}) {
  return { number, email: 'a@b.example', total: 1, address: { city: 'Berlin' }, ...more };
}
