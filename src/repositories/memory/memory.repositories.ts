import type { RepositoryClass } from '../domain.repository.js';

export const MEMORY_REPOSITORIES: readonly RepositoryClass[] = [];
