import type { MigrationClass } from './migration-class.js';

export const PLATFORM_MIGRATIONS: readonly MigrationClass[] = [];
