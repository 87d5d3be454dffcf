import { Index } from 'typeorm';
import { TENANT_PROPERTY } from './base-columns.js';
import { TenantOwned } from './tenant-owned.js';

/**
 * Unique within the tenant and among the living: a deleted row does not hold its number back.
 * On a property, or on the class with the properties that are unique together. On a shared entity
 * it is unique among all.
 */
export function UniqueActive(...properties: readonly string[]): ClassDecorator & PropertyDecorator {
  return (target: object, property?: string | symbol) => {
    const isProperty = property !== undefined;
    const entity = (isProperty ? target.constructor : target) as new () => object;
    const names = isProperty ? [String(property), ...properties] : [...properties];
    const first = entity.prototype instanceof TenantOwned ? [TENANT_PROPERTY] : [];
    Index([...first, ...names], { unique: true, where: '"deleted_at" IS NULL' })(entity);
  };
}
