import { type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import type { Invoice } from '../shop.js';
import { INVOICES, KINDS, type Kind, type Row } from './kinds.js';
import type { OwnedRow, Oracle } from './oracle.js';

/** Reads without a filter have to give all that the tenant owns, and nothing else. */
export async function completenessOf(
  source: RowguardDataSource,
  oracle: Oracle,
  tenantId: string,
): Promise<string[]> {
  const missing: string[] = [];
  const owned = new Map<Kind, OwnedRow[]>();
  for (const kind of KINDS) owned.set(kind, await oracle.owned(kind.table, tenantId));
  const sums = await oracle.sums(tenantId);
  const same = (what: string, got: unknown, wanted: unknown) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted)) {
      missing.push(
        `${what} of ${tenantId}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`,
      );
    }
  };
  await TenantContext.run({ tenantId }, async () => {
    for (const [kind, rows] of owned) await compareKind(source, kind, rows, same);
    const invoices = source.getRepository<Invoice>(INVOICES.entity as never);
    const total = (await invoices.sum('total' as never)) ?? 0;
    same('sum of invoices', Number(total), Number(sums.total));
    const joined = await invoices.find({ relations: { labels: true } });
    same('labels of invoices', joined.flatMap((one) => one.labels).length, sums.labelled);
  });
  return missing;
}

async function compareKind(
  source: RowguardDataSource,
  kind: Kind,
  rows: readonly OwnedRow[],
  same: (what: string, got: unknown, wanted: unknown) => void,
): Promise<void> {
  const alive = rows.filter((row) => row.alive).map((row) => row.id);
  const all = rows.map((row) => row.id);
  const repository = source.getRepository<Row>(kind.entity);
  const idsOf = (found: readonly { id: string }[]) => found.map((row) => row.id).sort();

  same(`find in ${kind.table}`, idsOf(await repository.find()), alive);
  same(`deleted in ${kind.table}`, idsOf(await repository.find({ withDeleted: true })), all);
  same(`count in ${kind.table}`, await repository.count(), alive.length);
  same(`existence in ${kind.table}`, await repository.exists(), alive.length > 0);
  const built = await source
    .createQueryBuilder(kind.entity, 'it')
    .select('it.id', 'id')
    .getRawMany();
  same(`builder in ${kind.table}`, idsOf(built as never), alive);
  if (!source.walls.policies) return;
  same(`SQL in ${kind.table}`, idsOf(await source.query(`select id from ${kind.table}`)), all);
}
