import { currentUnit } from '../context/unit-store.js';
import { DrainingError } from '../errors/draining.error.js';
import type { ConnectionPlan } from './connection-plan.js';

/** Why the work in hand gets no connection any more; undefined if it may go on. */
export function whileDraining({ drainingSince }: ConnectionPlan): DrainingError | undefined {
  if (drainingSince === undefined) return undefined;
  const unit = currentUnit();
  if (unit && (unit.marks.begun <= drainingSince || unit.scope?.kind === 'owner')) return undefined;
  return new DrainingError({
    problem: 'The application shuts down, and this work began after that',
    mend: 'Let another instance do it; what has to be written at the end belongs into onModuleDestroy',
  });
}
