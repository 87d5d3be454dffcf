import { checkedReason } from './scope-input.js';

/** What the role of the tenants may do with a shared table. */
export type TenantAccess = 'none' | 'read' | 'write';

/**
 * Which rows of a shared table a tenant sees, as a condition: `{row}` stands for the row, `{tenant}`
 * for the tenant in hand. The database and the query builders both hold to it.
 */
export type VisibleRows = string;

export interface TenantlessOptions {
  /** For entities: what tenants may do with the rows. Default: read. */
  readonly tenants?: TenantAccess;
  /** For entities whose rows are not for every tenant. Default: all rows. */
  readonly visible?: VisibleRows;
}

export interface TenantlessMark {
  readonly reason: string;
  readonly tenants: TenantAccess;
  readonly visible: VisibleRows | undefined;
}

const TENANTLESS = Symbol('rowguard:tenantless');

/**
 * On a route or controller: runs without a tenant. On an entity: its rows belong to no tenant.
 * The reason is mandatory, because a reviewer will ask for it.
 */
export function Tenantless(
  reason: string,
  options: TenantlessOptions = {},
): ClassDecorator & MethodDecorator {
  const mark: TenantlessMark = {
    reason: checkedReason(reason),
    tenants: options.tenants ?? 'read',
    visible: options.visible,
  };
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const marked: object = descriptor ? (descriptor.value as object) : target;
    Reflect.defineMetadata(TENANTLESS, mark, marked);
  };
}

export function tenantlessMark(marked: object | undefined): TenantlessMark | undefined {
  return marked && (Reflect.getMetadata(TENANTLESS, marked) as TenantlessMark | undefined);
}
