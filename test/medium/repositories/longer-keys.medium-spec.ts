import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  InvalidInputError,
  type RowguardDataSource,
  SharedEntity,
  TenantContext,
  TenantRepository,
  Tenantless,
  createDataSource,
} from 'nestjs-rowguard';
import { uuidV7 } from '../../../src/entities/uuid-v7.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME } from '../../support/shop.js';

@Entity({ name: 'rates' })
@Tenantless('the rates are the same for everybody', { tenants: 'write' })
class Rate extends SharedEntity {
  @PrimaryColumn({ type: 'text' }) currency!: string;
  @Column({ type: 'text' }) name!: string;
}

describe('a repository of an entity whose key has a second part', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;
  const as = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    source = createDataSource({ url: database.url, entities: [Rate] });
    await source.initialize();
    await source.synchronize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('deletes by the whole key, and refuses to delete by a part of it', async () => {
    const rates = new TenantRepository(Rate, source);
    const key = { id: uuidV7(), currency: 'EUR' };
    await as(() => rates.insertMany([{ ...key, name: 'of today' }]));

    await expect(as(() => rates.hardDelete(key.id))).rejects.toBeInstanceOf(InvalidInputError);
    await expect(as(() => rates.getById(key.id))).resolves.toMatchObject(key);
    await expect(as(() => rates.hardDelete(key))).resolves.toMatchObject({ affected: 1 });
  });
});
