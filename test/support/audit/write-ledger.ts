import { AuditLog, TenantContext } from 'nestjs-rowguard';
import { LedgerAccount, LedgerEntry, LedgerGroup, type LedgerSource, asAnn } from '../ledger.js';
import type { Written } from './write-paths.js';

/** Empties the ledger, and writes what each path starts from. */
export async function writeLedger({ source }: LedgerSource): Promise<Written> {
  const accounts = source.getRepository(LedgerAccount);
  const entries = source.getRepository(LedgerEntry);
  const groups = source.getRepository(LedgerGroup);
  await TenantContext.runAsSystem('cleaning', async () => {
    await source.createQueryBuilder().delete().from('account_groups').execute();
    for (const table of [entries, accounts, groups])
      await table.createQueryBuilder().delete().execute();
  });
  return asAnn(async () => {
    const one = await accounts.save({ name: 'one' });
    await accounts.save({ name: 'two' });
    const entry = await entries.save({ text: 'entry', accountId: one.id });
    const group = await groups.save({ name: 'group' });
    return { source, accounts, entries, one, entry, group };
  });
}

/** The whole log in its order, past the walls. */
export function wholeLog({ source }: Pick<LedgerSource, 'source'>): Promise<AuditLog[]> {
  return TenantContext.runAsSystem('looking', () =>
    source.getRepository(AuditLog).find({ order: { id: 'ASC' } }),
  );
}
