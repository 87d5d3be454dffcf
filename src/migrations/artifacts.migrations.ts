import type { MigrationClass } from './migration-class.js';

export const ARTIFACTS_MIGRATIONS: readonly MigrationClass[] = [];
