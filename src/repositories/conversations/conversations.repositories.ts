import type { RepositoryClass } from '../domain.repository.js';

export const CONVERSATIONS_REPOSITORIES: readonly RepositoryClass[] = [];
