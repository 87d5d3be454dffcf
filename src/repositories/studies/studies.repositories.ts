import type { RepositoryClass } from '../domain.repository.js';

export const STUDIES_REPOSITORIES: readonly RepositoryClass[] = [];
