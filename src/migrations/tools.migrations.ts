import { CreateTools1767225600008 } from './1767225600008-create-tools.js';
import type { MigrationClass } from './migration-class.js';

export const TOOLS_MIGRATIONS: readonly MigrationClass[] = [CreateTools1767225600008];
