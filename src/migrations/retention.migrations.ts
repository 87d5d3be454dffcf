import { CreateRetention1767225600012 } from './1767225600012-create-retention.js';
import type { MigrationClass } from './migration-class.js';

export const RETENTION_MIGRATIONS: readonly MigrationClass[] = [CreateRetention1767225600012];
