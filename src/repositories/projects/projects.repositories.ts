import type { RepositoryClass } from '../domain.repository.js';
import { ActivityRepository } from './activity.repository.js';
import { AgentRepository } from './agent.repository.js';
import { DatabaseService } from './database.service.js';
import { ProjectRepository } from './project.repository.js';

export const PROJECTS_REPOSITORIES: readonly RepositoryClass[] = [
  ProjectRepository,
  AgentRepository,
  ActivityRepository,
  DatabaseService,
];
