import { Index } from 'typeorm';
import { TENANT_PROPERTY } from './base-columns.js';
import { TenantOwned } from './tenant-owned.js';

/**
 * An index for a question that a repository asks: the tenant first, and where rows can be deleted,
 * the living only. On the class, with the properties in the order of the question.
 */
export function IndexActive(...properties: readonly string[]): ClassDecorator {
  return (entity: Function) => {
    const first = entity.prototype instanceof TenantOwned ? [TENANT_PROPERTY] : [];
    Index([...first, ...properties], { where: '"deleted_at" IS NULL' })(entity);
  };
}
