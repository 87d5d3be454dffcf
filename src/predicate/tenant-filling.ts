import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { classOf, tenantColumnOf } from '../entities/entity-classification.js';
import { refuseForeignTenant } from './confine.js';

/** Fills the tenant of one row; a tenant that is there already has to be the one in hand. */
export function fillTenant(metadata: EntityMetadata, row: ObjectLiteral, tenantId: string): void {
  const column = tenantColumnOf(metadata);
  if (!column) return;
  const given = row[column.propertyName] as unknown;
  if (given === undefined || given === null) row[column.propertyName] = tenantId;
  else refuseForeignTenant(metadata, given, tenantId);
}

/**
 * Fills the tenant of the rows that this one refers to. The tenant column belongs to the reference
 * too, so a bare `{ id }` would otherwise read as a row without a tenant.
 */
export function fillReferences(
  metadata: EntityMetadata,
  row: ObjectLiteral,
  tenantId: string,
): void {
  for (const relation of metadata.relations) {
    const target = relation.inverseEntityMetadata;
    if (classOf(target) !== 'tenant') continue;
    for (const referred of referredRows(relation.isLazy, relation.propertyName, row)) {
      fillTenant(target, referred, tenantId);
    }
  }
}

/** Rows behind a property: one, several, or none; a lazy one that was not loaded stays unloaded. */
export function referredRows(
  isLazy: boolean,
  property: string,
  row: ObjectLiteral,
): ObjectLiteral[] {
  const value: unknown = isLazy ? row[`__${property}__`] : row[property];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(
    (one): one is ObjectLiteral =>
      typeof one === 'object' && one !== null && !(one instanceof Promise) && !isExpression(one),
  );
}

/** A find operator or a raw expression stands for rows; it is none. */
function isExpression(value: object): boolean {
  return '@instanceof' in value;
}
