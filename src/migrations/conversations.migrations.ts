import type { MigrationClass } from './migration-class.js';

export const CONVERSATIONS_MIGRATIONS: readonly MigrationClass[] = [];
