import { CreateMemory1767225600011 } from './1767225600011-create-memory.js';
import { AddMemoryIndexes1767225601011 } from './1767225601011-add-memory-indexes.js';
import type { MigrationClass } from './migration-class.js';

export const MEMORY_MIGRATIONS: readonly MigrationClass[] = [
  CreateMemory1767225600011,
  AddMemoryIndexes1767225601011,
];
