import { DatabaseError } from './database.error.js';

/** A row that lives was to stand below one that is deleted. */
export class OwnerDeletedError extends DatabaseError {
  readonly code = 'ROWGUARD_OWNER_DELETED';

  constructor(
    met: { readonly entity: string; readonly reference: string; readonly owner: string },
    cause: unknown,
  ) {
    super({
      problem: `The ${met.owner} that ${met.reference} of the ${met.entity} names is deleted; nothing was written`,
      mend: `Restore the ${met.owner} first, or name another one`,
      given: met,
      cause,
    });
  }
}
