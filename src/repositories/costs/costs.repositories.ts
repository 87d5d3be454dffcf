import type { RepositoryClass } from '../domain.repository.js';

export const COSTS_REPOSITORIES: readonly RepositoryClass[] = [];
