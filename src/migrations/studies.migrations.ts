import type { MigrationClass } from './migration-class.js';

export const STUDIES_MIGRATIONS: readonly MigrationClass[] = [];
