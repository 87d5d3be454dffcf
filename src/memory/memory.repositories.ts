import type { RepositoryClass } from '../repositories/domain.repository.js';
import { MemoryRepository } from './memory.repository.js';

export const MEMORY_REPOSITORIES: readonly RepositoryClass[] = [MemoryRepository];
