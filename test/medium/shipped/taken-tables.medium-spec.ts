import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EntityRefusedError, TenantEntity, createDataSource } from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { ScratchDatabase } from '../../support/scratch-database.js';

@Entity({ name: 'invoices' })
class Invoice extends TenantEntity {
  @Column({ type: 'text' })
  text!: string;
}

describe('an entity on a table of the shipped schema', () => {
  it('is refused before anything is written, and taken where its domain is left out', async () => {
    Logger.overrideLogger(false);
    const database = await ScratchDatabase.create();
    const open = (schema: 'studies' | 'billing') =>
      createDataSource({ url: database.url, schema: [schema], entities: [Invoice] });

    const refusal = await open('billing')
      .initialize()
      .catch((error: unknown) => error);
    const before = await database.asOwner((client) =>
      client.query(`select 1 from pg_tables where schemaname = 'public'`),
    );
    const beside = await open('studies').initialize();

    expect(refusal).toBeInstanceOf(EntityRefusedError);
    expect(refusal).toHaveProperty('message', expect.stringContaining('Invoice'));
    expect(before.rows).toEqual([]);
    expect(beside.hasMetadata(Invoice)).toBe(true);
    await beside.destroy();
    await database.drop();
  });
});
