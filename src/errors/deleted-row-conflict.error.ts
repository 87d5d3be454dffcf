import { DatabaseError } from './database.error.js';

/** An upsert found a row that is deleted, and would have changed it without anybody seeing it. */
export class DeletedRowConflictError extends DatabaseError {
  readonly code = 'ROWGUARD_DELETED_ROW_CONFLICT';

  constructor(met: { readonly entity: string; readonly id?: string }, cause: unknown) {
    super({
      problem: `The ${met.entity} that the upsert met is deleted; nothing was written`,
      mend: "Restore it first, or pass { deleted: 'revive' }, which brings it back with the values that are given",
      given: met,
      cause,
    });
  }
}
