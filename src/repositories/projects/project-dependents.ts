import { Activity } from '../../entities/projects/activity.entity.js';
import { Agent } from '../../entities/projects/agent.entity.js';
import type { Dependents } from '../soft-delete-act.js';

/** What goes with a project, and comes back with it. Costs stay: they are the ledger. */
export const PROJECT_DEPENDENTS: readonly Dependents[] = [
  { entity: Agent, reference: 'projectId' },
  { entity: Activity, reference: 'projectId' },
];
