import { isUuid } from '../../context/uuid.js';
import { UsageError } from '../../errors/usage.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { CommandContext } from '../command.js';

export const TENANT_OPTION = {
  type: 'string',
  placeholder: '<id>',
  summary: 'Only the rows of this tenant (default: those of all)',
} as const;

/** Works on the database as it stands: as the tenant if one is named, else as system work. */
export async function visitDeleted<T>(
  { dataSource }: CommandContext,
  tenantId: string | undefined,
  work: (source: RowguardDataSource) => Promise<T>,
): Promise<T> {
  if (tenantId !== undefined) requireUuid('--tenant', tenantId);
  const source = await dataSource();
  // Not before it is needed: it brings all of Nest, and the help of a command needs none.
  const { TenantContext } = await import('../../context/tenant-context.js');
  const reason = 'deleted rows on the command line';
  const actorId = 'rowguard';
  return source.visit(reason, () =>
    TenantContext.runAsSystem(
      reason,
      () =>
        tenantId === undefined
          ? work(source)
          : TenantContext.run({ tenantId, actorId }, () => work(source)),
      { actorId },
    ),
  );
}

export function requireUuid(flag: string, text: string): void {
  if (isUuid(text)) return;
  throw new UsageError({
    problem: `${flag} is no UUID`,
    mend: 'Pass it as rowguard deleted:list shows it',
  });
}
