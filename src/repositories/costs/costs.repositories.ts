import type { RepositoryClass } from '../domain.repository.js';
import { CostRepository } from './cost.repository.js';

export const COSTS_REPOSITORIES: readonly RepositoryClass[] = [CostRepository];
