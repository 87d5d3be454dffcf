import { Column, Entity } from 'typeorm';
import { SharedEntity, Tenantless, UniqueForever } from 'nestjs-rowguard';

/** A customer of the SaaS itself. No tenant may read the list, not even its own line of it. */
@Entity({ name: 'tenants' })
@Tenantless('the list of all tenants, which only system work reads', { tenants: 'none' })
export class Tenant extends SharedEntity {
  @UniqueForever()
  @Column({ type: 'text' })
  slug!: string;

  @Column({ type: 'text' })
  name!: string;
}
