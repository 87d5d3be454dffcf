import { Column, Entity } from 'typeorm';
import {
  type RowguardDataSource,
  TenantContext,
  TenantEntity,
  TenantRepository,
} from 'nestjs-rowguard';
import { Country } from '../../support/shop.js';

/** The least that a tenant can own. */
@Entity({ name: 'notes' })
export class Note extends TenantEntity {
  @Column({ type: 'text' })
  body!: string;
}

export const NOTES = [Note, Country];

/** Ten tenants, told apart by their last digit. */
export const TENANTS: readonly string[] = Array.from(
  { length: 10 },
  (_, at) => `0190a000-0000-7000-8000-00000000000${at}`,
);

export const [FIRST, SECOND] = TENANTS as [string, string];

/** Three notes for each tenant, and one country for all. */
export async function seedNotes(source: RowguardDataSource): Promise<void> {
  const notes = new TenantRepository(Note, source);
  for (const tenantId of TENANTS) {
    await TenantContext.run({ tenantId }, () =>
      notes.insertMany([1, 2, 3].map((n) => ({ body: `note ${n} of ${tenantId}` }))),
    );
  }
  await TenantContext.runAsSystem('test data', () =>
    new TenantRepository(Country, source).save({ code: 'NL' }),
  );
}

export function notesOf(tenantId: string): string[] {
  return [1, 2, 3].map((n) => `note ${n} of ${tenantId}`);
}
