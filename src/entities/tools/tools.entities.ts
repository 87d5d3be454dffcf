import { ToolExecution } from './tool-execution.entity.js';
import { ToolPermission } from './tool-permission.entity.js';
import { ToolUsageLimit } from './tool-usage-limit.entity.js';
import { Tool } from './tool.entity.js';

export const TOOLS_ENTITIES: readonly Function[] = [
  Tool,
  ToolPermission,
  ToolUsageLimit,
  ToolExecution,
];
