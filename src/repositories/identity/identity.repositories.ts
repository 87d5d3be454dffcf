import type { RepositoryClass } from '../domain.repository.js';

export const IDENTITY_REPOSITORIES: readonly RepositoryClass[] = [];
