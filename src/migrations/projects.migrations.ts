import { CreateProjects1767225600005 } from './1767225600005-create-projects.js';
import type { MigrationClass } from './migration-class.js';

export const PROJECTS_MIGRATIONS: readonly MigrationClass[] = [CreateProjects1767225600005];
