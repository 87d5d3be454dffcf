import { CreateAudit1767225600000 } from './1767225600000-create-audit.js';
import type { MigrationClass } from './migration-class.js';

export const AUDIT_MIGRATIONS: readonly MigrationClass[] = [CreateAudit1767225600000];
