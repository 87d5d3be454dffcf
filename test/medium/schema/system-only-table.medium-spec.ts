import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, Entity } from 'typeorm';
import {
  SharedEntity,
  StatementRefusedError,
  TenantContext,
  TenantRepository,
  Tenantless,
} from 'nestjs-rowguard';
import { ACME } from '../../support/shop.js';
import { type ShopSource, openShop } from '../../support/shop-source.js';

@Entity({ name: 'plans' })
@Tenantless('prices are set by the operator', { tenants: 'none' })
class Plan extends SharedEntity {
  @Column({ type: 'text' }) name!: string;
}

describe('a shared table that tenants may not use', () => {
  let shop: ShopSource;
  let plans: TenantRepository<Plan>;

  beforeAll(async () => {
    shop = await openShop({ entities: [Plan] });
    plans = new TenantRepository(Plan, shop.source);
  });

  afterAll(() => shop.close());

  it('can be written and read by system work', async () => {
    const names = await TenantContext.runAsSystem('a test of prices', async () => {
      await plans.insert({ name: 'basic' });
      return (await plans.find()).map((plan) => plan.name);
    });

    expect(names).toEqual(['basic']);
  });

  it('is refused to a tenant', async () => {
    await expect(TenantContext.run({ tenantId: ACME }, () => plans.find())).rejects.toBeInstanceOf(
      StatementRefusedError,
    );
  });
});
