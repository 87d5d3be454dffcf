import { isUuid } from '../../context/uuid.js';
import { UsageError } from '../../errors/usage.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { CommandContext } from '../command.js';
import { suggestion } from '../suggestion.js';

export const TENANT_OPTION = {
  type: 'string',
  placeholder: '<id>',
  summary: 'Only the changes of this tenant (default: those of all)',
} as const;

export const ENTITY_OPTION = {
  type: 'string',
  placeholder: '<name>',
  summary: 'Only the changes of this entity',
} as const;

export const ACTOR_OPTION = {
  type: 'string',
  placeholder: '<id>',
  summary: 'Only what this actor did',
} as const;

/** Reads the log of a database as it stands: as the tenant if one is named, else as system work. */
export async function readLog<T>(
  { dataSource }: CommandContext,
  tenantId: string | undefined,
  work: (source: RowguardDataSource) => Promise<T>,
): Promise<T> {
  if (tenantId !== undefined && !isUuid(tenantId)) throw noTenant();
  const source = await dataSource();
  // Not before it is needed: it brings all of Nest, and the help of a command needs none.
  const { TenantContext } = await import('../../context/tenant-context.js');
  const reason = 'reading the audit log on the command line';
  return source.visit(reason, () =>
    TenantContext.runAsSystem(reason, () =>
      tenantId === undefined ? work(source) : TenantContext.run({ tenantId }, () => work(source)),
    ),
  );
}

export function timeOf(flag: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime()) && /^\d{4}-\d{2}-\d{2}/.test(text)) return time;
  throw new UsageError({
    problem: `${flag} is no time (given: ${JSON.stringify(text.slice(0, 40))})`,
    mend: 'Write 2026-01-31, or 2026-01-31T12:00:00Z',
  });
}

export function countOf(
  flag: string,
  text: string | undefined,
  usual: number,
  most = 1_000,
): number {
  if (text === undefined) return usual;
  const count = Number(text);
  if (/^\d{1,6}$/.test(text) && count >= 1 && count <= most) return count;
  throw new UsageError({
    problem: `${flag} is no number from 1 to ${most} (given: ${JSON.stringify(text.slice(0, 40))})`,
    mend: 'Write it in digits',
  });
}

/** The log keeps the names of entities that are no longer there, but their keys cannot be read. */
export function requireEntity(source: RowguardDataSource, name: string | undefined): string {
  const known = source.entityMetadatas.map((one) => one.name);
  if (name !== undefined && known.includes(name)) return name;
  const near = name === undefined ? undefined : suggestion(name, known);
  throw new UsageError({
    problem: name === undefined ? 'No entity is named' : `There is no entity ${name.slice(0, 60)}`,
    mend: `${near ? `Did you mean ${near}? ` : ''}Name one with --entity, and the file of the data source that has it with -d`,
  });
}

function noTenant(): UsageError {
  return new UsageError({ problem: '--tenant is no UUID', mend: 'Pass the id of the tenant' });
}
