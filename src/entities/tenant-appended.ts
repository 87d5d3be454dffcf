import { TenantOwned } from './tenant-owned.js';

/** Rows of one tenant that are added and never changed, whatever their columns. */
export abstract class TenantAppended extends TenantOwned {}
