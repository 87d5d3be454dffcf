import type { MigrationClass } from './migration-class.js';

export const MEMORY_MIGRATIONS: readonly MigrationClass[] = [];
