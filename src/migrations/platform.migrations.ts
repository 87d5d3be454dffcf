import { CreatePlatform1767225600002 } from './1767225600002-create-platform.js';
import { AddDailyUsage1767225601002 } from './1767225601002-add-daily-usage.js';
import type { MigrationClass } from './migration-class.js';

export const PLATFORM_MIGRATIONS: readonly MigrationClass[] = [
  CreatePlatform1767225600002,
  AddDailyUsage1767225601002,
];
