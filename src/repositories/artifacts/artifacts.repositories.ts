import type { RepositoryClass } from '../domain.repository.js';

export const ARTIFACTS_REPOSITORIES: readonly RepositoryClass[] = [];
