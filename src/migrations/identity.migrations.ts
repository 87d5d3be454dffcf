import { CreateIdentity1767225600001 } from './1767225600001-create-identity.js';
import type { MigrationClass } from './migration-class.js';

export const IDENTITY_MIGRATIONS: readonly MigrationClass[] = [CreateIdentity1767225600001];
