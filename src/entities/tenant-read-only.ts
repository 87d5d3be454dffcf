import { TenantOwned } from './tenant-owned.js';

/** Rows of one tenant that the database itself writes: the tenant reads them, and that is all. */
export abstract class TenantReadOnly extends TenantOwned {}
