import { CreateArtifacts1767225600007 } from './1767225600007-create-artifacts.js';
import type { MigrationClass } from './migration-class.js';

export const ARTIFACTS_MIGRATIONS: readonly MigrationClass[] = [CreateArtifacts1767225600007];
