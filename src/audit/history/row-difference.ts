import { isDeepStrictEqual } from 'node:util';
import type { ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { AuditChanges, ValueChange } from './audit-change.js';
import type { AuditedTable } from './audited-table.js';
import type { RowAsOf } from './row-as-of.js';

type Known<Entity extends ObjectLiteral> = RowAsOf<Entity> | null;

/** What both rows tell, and tell differently. */
export function differenceOf<Entity extends ObjectLiteral>(
  { metadata }: AuditedTable,
  before: Known<Entity>,
  after: Known<Entity>,
): AuditChanges<Entity> {
  const hidden = [...(before?.hidden ?? []), ...(after?.hidden ?? [])];
  const changes: Record<string, ValueChange> = {};
  for (const column of metadata.columns) {
    if (hidden.includes(column.propertyPath)) continue;
    const [from, to] = [valueIn(before, column), valueIn(after, column)];
    if (!isDeepStrictEqual(from, to)) changes[column.propertyPath] = { from, to };
  }
  return changes as AuditChanges<Entity>;
}

function valueIn(known: Known<ObjectLiteral>, column: ColumnMetadata): unknown {
  return known === null ? null : ((column.getEntityValue(known.row) as unknown) ?? null);
}
