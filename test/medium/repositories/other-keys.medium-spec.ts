import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  AuditLog,
  InvalidInputError,
  SharedEntity,
  TenantContext,
  TenantRepository,
  Tenantless,
} from 'nestjs-rowguard';
import { uuidV7 } from '../../../src/entities/uuid-v7.js';
import { RowFactory } from '../../support/row-factory.js';
import { ACME } from '../../support/shop.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

@Entity({ name: 'rates' })
@Tenantless('the rates are the same for everybody', { tenants: 'write' })
class Rate extends SharedEntity {
  @PrimaryColumn({ type: 'text' }) currency!: string;
  @Column({ type: 'text' }) name!: string;
}

describe('a repository of an entity whose key is no single UUID', () => {
  let shipped: ShippedSource;
  const as = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

  beforeAll(async () => {
    shipped = await openShipped(['platform'], { entities: [Rate] });
    await shipped.source.synchronize();
  });
  afterAll(() => shipped.close());

  it('takes the whole key to delete by, and not a part of it', async () => {
    const rates = new TenantRepository(Rate, shipped.source);
    const key = { id: uuidV7(), currency: 'EUR' };
    await as(() => rates.insertMany([{ ...key, name: 'of today' }]));

    await expect(as(() => rates.hardDelete(key.id))).rejects.toBeInstanceOf(InvalidInputError);
    await expect(as(() => rates.getById(key.id))).resolves.toMatchObject(key);
    await expect(as(() => rates.hardDelete(key))).resolves.toMatchObject({ affected: 1 });
  });

  it('takes a number where the ids are numbers, and nothing else', async () => {
    const log = new TenantRepository(AuditLog, shipped.source);
    const row = await new RowFactory(shipped.source).insert(log.metadata, ACME);
    const id = String(row['id']);

    await expect(as(() => log.getById(id))).resolves.toMatchObject({ id });
    for (const none of [undefined, null, '', Number.NaN, {}, [], [id], uuidV7()]) {
      const found = as(() => log.findById(none as never));
      await expect(found).rejects.toBeInstanceOf(InvalidInputError);
    }
  });
});
