import type { DataSource, EntityMetadata } from 'typeorm';
import { classOf } from '../../entities/entity-classification.js';
import { MOST_DAYS } from '../../entities/kept-days.js';
import { softDeleteMark } from '../../entities/soft-delete.decorator.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { PurgeOptions } from './purge-report.js';
import { type PurgeTable, purgeTable } from './purge-table.js';

/** The data source as far as a purge has to know it. */
export interface RetentionSource {
  readonly databaseOptions?: { readonly softDelete: { readonly keepDays: number | undefined } };
}

/** The tables that are in question, and how long each keeps what was deleted. */
export function purgeTables(
  source: DataSource & RetentionSource,
  { entities, olderThan }: PurgeOptions,
  tenantId: string | undefined,
): PurgeTable[] {
  const byDefault = olderThan?.days ?? source.databaseOptions?.softDelete.keepDays;
  const tables = new Map<string, PurgeTable>();
  for (const metadata of asked(source, entities)) {
    // A tenant has no say in rows that are everybody's.
    if (!metadata.deleteDateColumn || (tenantId && classOf(metadata) !== 'tenant')) continue;
    const days = daysOf(metadata, olderThan?.days, byDefault);
    if (days === undefined) continue;
    const table = purgeTable(source, metadata, days);
    const known = tables.get(table.path);
    // Entities that share a table: whoever keeps its rows longest is heard.
    if (!known || known.keepDays < days) tables.set(table.path, table);
  }
  return [...tables.values()];
}

/** Who says how long rows are kept means it: a run may only wait longer. */
function daysOf(
  { target }: EntityMetadata,
  olderThan: number | undefined,
  byDefault: number | undefined,
): number | undefined {
  const own = typeof target === 'function' ? softDeleteMark(target)?.keep?.days : undefined;
  const days = own === undefined ? byDefault : Math.max(own, olderThan ?? own);
  return days === undefined ? undefined : Math.min(days, MOST_DAYS);
}

function asked(source: DataSource, entities: PurgeOptions['entities']): readonly EntityMetadata[] {
  if (entities === undefined)
    return source.entityMetadatas.filter((one) => one.tableType !== 'view');
  return entities.map((entity) => {
    const metadata = source.hasMetadata(entity) ? source.getMetadata(entity) : undefined;
    if (metadata?.deleteDateColumn) return metadata;
    throw new InvalidInputError({
      problem: metadata
        ? `${metadata.name} has no column for the time of its deletion, and so nothing to purge`
        : `An entity was named that this data source does not have (given: ${nameOf(entity)})`,
      mend: 'Name entities of the data source that are deleted softly, or none for all of them',
    });
  });
}

function nameOf(entity: unknown): string {
  if (typeof entity === 'function') return entity.name;
  return typeof entity === 'string' ? entity.slice(0, 60) : typeof entity;
}
