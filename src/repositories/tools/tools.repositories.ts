import type { RepositoryClass } from '../domain.repository.js';
import { ToolExecutionRepository } from './tool-execution.repository.js';
import { ToolPermissionRepository } from './tool-permission.repository.js';
import { ToolRunner } from './tool-runner.js';
import { ToolUsageRepository } from './tool-usage.repository.js';
import { ToolRepository } from './tool.repository.js';

export const TOOLS_REPOSITORIES: readonly RepositoryClass[] = [
  ToolRepository,
  ToolPermissionRepository,
  ToolUsageRepository,
  ToolExecutionRepository,
  ToolRunner,
];
