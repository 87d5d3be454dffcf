import type { MigrationClass } from './migration-class.js';

export const CONTENT_MIGRATIONS: readonly MigrationClass[] = [];
