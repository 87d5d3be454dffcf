import { Column, Entity } from 'typeorm';
import { TenantEntity, UniqueActive } from 'nestjs-rowguard';

@Entity({ name: 'customers' })
export class Customer extends TenantEntity {
  @Column({ type: 'text' })
  name!: string;

  @UniqueActive()
  @Column({ type: 'text' })
  email!: string;
}
