import { CreateCosts1767225600003 } from './1767225600003-create-costs.js';
import type { MigrationClass } from './migration-class.js';

export const COSTS_MIGRATIONS: readonly MigrationClass[] = [CreateCosts1767225600003];
