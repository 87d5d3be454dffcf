import { STATUS_CODES } from 'node:http';
import { AccessDeniedError } from '../errors/access-denied.error.js';
import { AcquireTimeoutError } from '../errors/acquire-timeout.error.js';
import { AuditActorMissingError } from '../errors/audit-actor-missing.error.js';
import { AuditGapError } from '../errors/audit-gap.error.js';
import { BindingRefusedError } from '../errors/binding-refused.error.js';
import { CheckViolationError } from '../errors/check-violation.error.js';
import { ConnectionLostError } from '../errors/connection-lost.error.js';
import { ConstraintViolatedError } from '../errors/constraint-violated.error.js';
import { CycleRefusedError } from '../errors/cycle-refused.error.js';
import { DatabaseUnavailableError } from '../errors/database-unavailable.error.js';
import type { DatabaseError } from '../errors/database.error.js';
import { DeletedRowConflictError } from '../errors/deleted-row-conflict.error.js';
import { DrainingError } from '../errors/draining.error.js';
import { ExclusionViolationError } from '../errors/exclusion-violation.error.js';
import { InvalidContextError } from '../errors/invalid-context.error.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { LimitReachedError } from '../errors/limit-reached.error.js';
import { LockTimeoutError } from '../errors/lock-timeout.error.js';
import { NotNullViolationError } from '../errors/not-null-violation.error.js';
import { OutcomeUnknownError } from '../errors/outcome-unknown.error.js';
import { OwnerDeletedError } from '../errors/owner-deleted.error.js';
import { ReadOnlyError } from '../errors/read-only.error.js';
import { ReferenceMissingError } from '../errors/reference-missing.error.js';
import { RestoreConflictError } from '../errors/restore-conflict.error.js';
import { RevertRefusedError } from '../errors/revert-refused.error.js';
import { RowNotFoundError } from '../errors/row-not-found.error.js';
import { RowReferencedError } from '../errors/row-referenced.error.js';
import { ServerExhaustedError } from '../errors/server-exhausted.error.js';
import { StatementTimeoutError } from '../errors/statement-timeout.error.js';
import { TenantContextMissingError } from '../errors/tenant-context-missing.error.js';
import { TenantMismatchError } from '../errors/tenant-mismatch.error.js';
import { TransactionConflictError } from '../errors/transaction-conflict.error.js';
import { TransitionRefusedError } from '../errors/transition-refused.error.js';
import { UniqueViolationError } from '../errors/unique-violation.error.js';
import { type FieldProblem, ValidationFailedError } from '../errors/validation-failed.error.js';
import { VersionConflictError } from '../errors/version-conflict.error.js';

/** The body of an answer, as RFC 9457 has it. */
export interface HttpProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Of the error; left out where nothing may be told. */
  readonly code?: string;
  readonly fields?: readonly FieldProblem[];
}

type ErrorClass = abstract new (...given: never[]) => DatabaseError;

/**
 * The sentences are our own, since those of the errors name tables and values for whoever reads the
 * log. What is not listed is a mistake of the application, and nothing of it is told.
 */
const ANSWERS: readonly (readonly [ErrorClass, number, string, retryAfter?: number])[] = [
  [ValidationFailedError, 422, 'The request holds values that cannot be; see fields'],
  [RowNotFoundError, 404, 'There is no such row'],
  [UniqueViolationError, 409, 'There is such a row already'],
  [DeletedRowConflictError, 409, 'There is such a row already, and it is deleted'],
  [OwnerDeletedError, 409, 'The row that this one belongs to is deleted'],
  [RowReferencedError, 409, 'Other rows still refer to this one'],
  [ExclusionViolationError, 409, 'Another row excludes this one'],
  [ReferenceMissingError, 422, 'The request refers to a row that is not there'],
  [NotNullViolationError, 422, 'A value that is needed is missing'],
  [CheckViolationError, 422, 'The request holds values that break a rule'],
  [TransitionRefusedError, 409, 'The row is in a state that does not allow this'],
  [RestoreConflictError, 409, 'A living row has the place of this one by now'],
  [VersionConflictError, 409, 'Somebody else changed the row meanwhile'],
  [
    TransactionConflictError,
    409,
    'Somebody else changed the same rows at the same time; try again',
  ],
  [CycleRefusedError, 409, 'This would close a circle'],
  [RevertRefusedError, 409, 'This change cannot be taken back'],
  [AuditGapError, 409, 'The history does not reach that far'],
  [AccessDeniedError, 403, 'This is not allowed'],
  [TenantMismatchError, 403, 'The tenant of a row cannot be chosen'],
  [TenantContextMissingError, 401, 'Say which tenant is asking'],
  [AuditActorMissingError, 401, 'Say who is asking'],
  [InvalidInputError, 400, 'The request holds a value that cannot be read'],
  [InvalidContextError, 400, 'The request holds a value that cannot be read'],
  [LimitReachedError, 429, 'A limit is reached'],
  [AcquireTimeoutError, 503, 'The database is busy; try again', 1],
  [LockTimeoutError, 503, 'Somebody else is at work on the same rows; try again', 1],
  [StatementTimeoutError, 503, 'This took too long, and was given up'],
  [DatabaseUnavailableError, 503, 'The database cannot be reached; try again later', 5],
  [ServerExhaustedError, 503, 'The database cannot take this at present; try again later', 30],
  [ReadOnlyError, 503, 'Nothing can be written at present; try again later', 5],
  [BindingRefusedError, 503, 'The database is not ready for this; try again', 5],
  [DrainingError, 503, 'This server shuts down; try again', 5],
  [
    OutcomeUnknownError,
    503,
    'The database is out of reach, and whether the change was made is not known; look before you try again',
  ],
  [ConnectionLostError, 503, 'The database is out of reach; try again', 5],
];

const SILENCE = 'Something went wrong on our side';

export function httpProblem(error: DatabaseError): HttpProblem {
  const answer = ANSWERS.find(([type]) => error instanceof type);
  if (!answer) return silence();
  const [, status, detail] = answer;
  const fields = fieldsOf(error);
  return { ...problem(status, detail), code: error.code, ...(fields ? { fields } : {}) };
}

/** For whatever is ours to mend. */
export function silence(): HttpProblem {
  return problem(500, SILENCE);
}

/** Seconds for the header Retry-After, where another attempt by itself may help. */
export function retryAfter(error: DatabaseError): number | undefined {
  return ANSWERS.find(([type]) => error instanceof type)?.[3];
}

function problem(status: number, detail: string): HttpProblem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, detail };
}

function fieldsOf(error: DatabaseError): readonly FieldProblem[] | undefined {
  if (error instanceof ValidationFailedError) return error.fields;
  if (!(error instanceof ConstraintViolatedError) || error.properties.length === 0)
    return undefined;
  // An expression in SQL is for whoever reads the log; that the rule is broken is enough outside.
  const told = error instanceof CheckViolationError || error instanceof ExclusionViolationError;
  const problems = [told && /["():]/.test(error.meaning) ? 'breaks a rule' : error.meaning];
  return error.properties.map((field) => ({ field, problems }));
}
