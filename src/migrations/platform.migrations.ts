import { CreatePlatform1767225600002 } from './1767225600002-create-platform.js';
import { AddAuditLogAndDailyUsage1767225601002 } from './1767225601002-add-audit-log-and-daily-usage.js';
import type { MigrationClass } from './migration-class.js';

export const PLATFORM_MIGRATIONS: readonly MigrationClass[] = [
  CreatePlatform1767225600002,
  AddAuditLogAndDailyUsage1767225601002,
];
