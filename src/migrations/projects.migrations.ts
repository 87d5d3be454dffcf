import type { MigrationClass } from './migration-class.js';

export const PROJECTS_MIGRATIONS: readonly MigrationClass[] = [];
