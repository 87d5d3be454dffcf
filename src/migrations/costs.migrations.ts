import type { MigrationClass } from './migration-class.js';

export const COSTS_MIGRATIONS: readonly MigrationClass[] = [];
