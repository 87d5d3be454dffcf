import { SharedRow } from './shared-row.js';

/** Rows that belong to no tenant, are added and then stay. The class needs `@Tenantless('why')`. */
export abstract class SharedRecord extends SharedRow {}
