import { type EntityMetadata, Index } from 'typeorm';
import { TENANT_PROPERTY } from './base-columns.js';
import { TenantOwned } from './tenant-owned.js';

type Constructor = new () => object;

interface DeclaredKey {
  readonly entity: Constructor;
  readonly properties: readonly string[];
}

const declared: DeclaredKey[] = [];

/**
 * Unique within the tenant for good: what a deleted row had is never given again, such as the number
 * of an invoice. On a property, or on the class with the properties that are unique together. On a
 * shared entity it is unique among all.
 */
export function UniqueForever(
  ...properties: readonly string[]
): ClassDecorator & PropertyDecorator {
  return (target: object, property?: string | symbol) => {
    const isProperty = property !== undefined;
    const entity = (isProperty ? target.constructor : target) as Constructor;
    const names = isProperty ? [String(property), ...properties] : [...properties];
    const first = entity.prototype instanceof TenantOwned ? [TENANT_PROPERTY] : [];
    Index([...first, ...names], { unique: true })(entity);
    declared.push({ entity, properties: [...first, ...names] });
  };
}

/** Whether the entity says of a unique key over these properties that it holds for good. */
export function isUniqueForever(
  { target }: EntityMetadata,
  properties: readonly string[],
): boolean {
  if (typeof target !== 'function') return false;
  return declared.some(
    (key) =>
      (target === key.entity || target.prototype instanceof key.entity) &&
      key.properties.length === properties.length &&
      key.properties.every((one) => properties.includes(one)),
  );
}
