import { Column, Entity, Exclusion, Unique } from 'typeorm';
import {
  Rule,
  SharedEntity,
  TenantEntity,
  Tenantless,
  TenantManyToOne,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';

@Entity({ name: 'rooms' })
export class Room extends TenantEntity {
  @UniqueActive()
  @Column({ type: 'text' })
  name!: string;
}

@Entity({ name: 'bookings' })
@Unique(['tenantId', 'position'], { deferrable: 'INITIALLY DEFERRED' })
@Exclusion(`USING gist (int4range("starts", "ends") WITH &&)`)
@Rule('a booking ends after it starts', '"ends" > "starts"')
export class Booking extends TenantEntity {
  @TenantManyToOne(() => Room, { nullable: false, onDelete: 'RESTRICT' })
  room!: Room;

  roomId!: string;

  @Column({ type: 'integer', default: 0 })
  starts!: number;

  @Column({ type: 'integer', default: 1 })
  ends!: number;

  @Column({ type: 'integer' })
  position!: number;

  @Column({ type: 'text', default: 'none' })
  note!: string;
}

@Entity({ name: 'coupons' })
@Tenantless('a coupon is good for everybody', { tenants: 'write' })
@UniqueForever('code')
export class Coupon extends SharedEntity {
  @Column({ type: 'text' })
  code!: string;
}

export const BOOKINGS = [Room, Booking, Coupon];
