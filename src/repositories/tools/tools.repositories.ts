import type { RepositoryClass } from '../domain.repository.js';

export const TOOLS_REPOSITORIES: readonly RepositoryClass[] = [];
