import { Activity } from './activity.entity.js';
import { Agent } from './agent.entity.js';
import { Project } from './project.entity.js';

export const PROJECTS_ENTITIES: readonly Function[] = [Project, Agent, Activity];
