import type { RepositoryClass } from '../domain.repository.js';

export const PROJECTS_REPOSITORIES: readonly RepositoryClass[] = [];
