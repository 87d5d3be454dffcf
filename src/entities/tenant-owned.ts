import { PrimaryColumn } from 'typeorm';
import { TENANT_COLUMN, TENANT_DEFAULT } from './base-columns.js';

/** Whatever belongs to one tenant: rows that change, rows that are only added, and views of them. */
export abstract class TenantOwned {
  /** Filled from the context, and never changed after. */
  @PrimaryColumn({
    name: TENANT_COLUMN,
    type: 'uuid',
    update: false,
    default: () => TENANT_DEFAULT,
  })
  tenantId!: string;
}
