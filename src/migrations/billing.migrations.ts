import type { MigrationClass } from './migration-class.js';

export const BILLING_MIGRATIONS: readonly MigrationClass[] = [];
