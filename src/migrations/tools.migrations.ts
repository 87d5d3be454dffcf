import type { MigrationClass } from './migration-class.js';

export const TOOLS_MIGRATIONS: readonly MigrationClass[] = [];
