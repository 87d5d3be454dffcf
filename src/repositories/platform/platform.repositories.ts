import type { RepositoryClass } from '../domain.repository.js';

export const PLATFORM_REPOSITORIES: readonly RepositoryClass[] = [];
