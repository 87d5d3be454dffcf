import type { RepositoryClass } from '../domain.repository.js';

export const BILLING_REPOSITORIES: readonly RepositoryClass[] = [];
