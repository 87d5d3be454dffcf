import { TransitionRefusedError } from '../errors/transition-refused.error.js';

/** For the verbs that change anything else: the property moves through `verbs` alone. */
export function refuseMoved(changes: object, property: string, verbs: string): void {
  if (!Object.hasOwn(changes ?? {}, property)) return;
  throw new TransitionRefusedError({
    problem: `A change of ${property} does not go by update`,
    mend: `Leave ${property} out, and call ${verbs}, which checks whether the row may move there`,
    given: { property },
  });
}
