import { CreateStudies1767225600004 } from './1767225600004-create-studies.js';
import type { MigrationClass } from './migration-class.js';

export const STUDIES_MIGRATIONS: readonly MigrationClass[] = [CreateStudies1767225600004];
