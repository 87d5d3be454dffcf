import type { RepositoryClass } from '../domain.repository.js';

export const CONTENT_REPOSITORIES: readonly RepositoryClass[] = [];
