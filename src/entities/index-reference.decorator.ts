import { Index } from 'typeorm';
import { TENANT_PROPERTY } from './base-columns.js';
import { TenantOwned } from './tenant-owned.js';

/**
 * An index that begins with the columns of a reference, and holds the deleted rows as well: before a
 * row is erased PostgreSQL asks for every row that names it, whether it lives or not.
 */
export function IndexReference(...properties: readonly string[]): ClassDecorator {
  return (entity: Function) => {
    const first = entity.prototype instanceof TenantOwned ? [TENANT_PROPERTY] : [];
    Index([...first, ...properties])(entity);
  };
}
