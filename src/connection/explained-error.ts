import { type DataSource, QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { AuditActorMissingError } from '../errors/audit-actor-missing.error.js';
import { BINDING_REFUSED } from '../context/binding-terms.js';
import { BindingRefusedError } from '../errors/binding-refused.error.js';
import { DatabaseError } from '../errors/database.error.js';
import { DeletedRowConflictError } from '../errors/deleted-row-conflict.error.js';
import { OwnerDeletedError } from '../errors/owner-deleted.error.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { TenantMismatchError } from '../errors/tenant-mismatch.error.js';
import { UnitOfWorkClosedError } from '../errors/unit-of-work-closed.error.js';
import { metDeletedRow } from '../sql/deleted-conflict.js';
import { type ViolationFacts, constraintViolation } from './constraint-violation.js';
import { serverRefusal } from './server-refusal.js';

const NO_SUCH_FORM = '22P02';
/** Raised by the triggers that look after owners, with the names of the entities. */
const OWNER_DELETED = 'RGD01';

/** Values that PostgreSQL could not read, and names that it does not know. */
const INPUT_ERRORS: Readonly<Record<string, string>> = {
  [NO_SUCH_FORM]: 'a value does not have the form of its type',
  '22021': 'a text holds a nul byte or is not UTF-8',
  '22P05': 'a text holds a character that cannot be stored',
  '22003': 'a number is out of the range of its type',
  '22001': 'a text is longer than its column',
  '22007': 'a date or time cannot be read',
  '22008': 'a date or time is out of range',
  '42703': 'a column does not exist',
  '42P01': 'a table does not exist',
  '42P02': 'a parameter does not exist',
  '42601': 'the SQL cannot be read',
  '42702': 'a column could be of several tables',
  '42804': 'a value is of another type than its column',
  '42883': 'an operator or function does not exist for these types',
  '54000': 'it is larger than PostgreSQL can take, such as a value of an index',
  '54001': 'the statement is nested too deeply',
  '54011': 'there are too many columns',
  '54023': 'there are too many arguments',
};

/** Of errors of TypeORM and of node-postgres. */
const QUOTES_VALUES = ['parameters', 'detail', 'where', 'internalQuery'];

/**
 * Our own errors come out as they are; those of PostgreSQL that mean "this input cannot be", or
 * "this row cannot be", become typed. The entities of the source give constraints their meaning.
 */
export function explained(error: unknown, source: DataSource): unknown {
  if (error instanceof QueryRunnerAlreadyReleasedError) return closedUnit(error);
  if (!(error instanceof QueryFailedError)) return error;
  hideValues(error);
  const driverError = error.driverError as ViolationFacts;
  if (driverError instanceof DatabaseError) return driverError;
  const code = driverError.code ?? '';
  if (code === '42501') return refusedByDatabase(error, driverError);
  if (code === '42601' && /multiple commands/.test(driverError.message ?? '')) {
    return new StatementRefusedError({
      problem: 'The text holds more than one statement',
      mend: 'Send the statements one at a time; inside a transaction they still belong together',
      cause: error,
    });
  }
  if (isAboutActor(driverError)) return nobody(error);
  if (code === OWNER_DELETED) return ownerDeleted(error, driverError);
  if (code === BINDING_REFUSED) return bindingRefused(error, driverError);
  const refusal = serverRefusal(code, error);
  if (refusal) return refusal;
  const met = code === NO_SUCH_FORM ? metDeletedRow(driverError.message ?? '') : undefined;
  if (met) return new DeletedRowConflictError(met, error);
  const meaning = INPUT_ERRORS[code];
  if (meaning === undefined) return constraintViolation(source, driverError, error) ?? error;
  return new InvalidInputError({
    problem: `PostgreSQL refused the input: ${meaning} (${code}: ${driverError.message ?? ''})`,
    mend: 'Check the value or the name before it gets here; nothing was written',
    cause: error,
    given: { sqlState: code },
  });
}

/**
 * What quotes values can be read by its name, and is not there for whoever prints the error, or
 * writes it as JSON: a log is no place for what the audit log masks.
 */
function hideValues(error: QueryFailedError): void {
  for (const one of [error, error.driverError]) {
    const known = Object.keys(one).filter((name) => QUOTES_VALUES.includes(name));
    for (const name of known) Object.defineProperty(one, name, { enumerable: false });
  }
}

function ownerDeleted(error: QueryFailedError, facts: ViolationFacts): OwnerDeletedError {
  const [entity = '', ...reference] = (facts.constraint ?? '').split('.');
  return new OwnerDeletedError(
    { entity, reference: reference.join('.'), owner: facts.table ?? '' },
    error,
  );
}

function bindingRefused(cause: QueryFailedError, { message }: ViolationFacts): BindingRefusedError {
  return new BindingRefusedError({
    problem: `The database refused whom this statement acts for: ${message ?? 'no reason given'}`,
    mend: 'Give this application tenancy: { signed: true } as the others have it; where it has, run the transaction again',
    cause,
  });
}

/** The log itself refuses a change by nobody, whatever brought it there. */
function isAboutActor({ code, table, column }: ViolationFacts): boolean {
  return code === '23502' && column === 'actor_type' && /^audit_logs(?:_|$)/.test(table ?? '');
}

function nobody(cause: QueryFailedError): AuditActorMissingError {
  return new AuditActorMissingError({
    problem: 'What was to be changed is audited, and nobody is named who changes it',
    mend: "Give actorId to TenantContext.run, or let the resolver answer it; with audit: { missingActor: 'anonymous' } a change by nobody is taken as anonymous",
    cause,
  });
}

/** `cause`: how TypeORM said it, where it was the one to notice. */
export function closedUnit(cause?: unknown): UnitOfWorkClosedError {
  return new UnitOfWorkClosedError({
    problem: 'The connection was used after its unit of work had ended',
    mend: 'Await every query before the transaction or the query runner ends',
    ...(cause === undefined ? {} : { cause }),
  });
}

function refusedByDatabase(
  error: QueryFailedError,
  { message, table }: ViolationFacts,
): DatabaseError {
  if (/row-level security/.test(message ?? '')) {
    return new TenantMismatchError({
      problem: `The database refused a row of another tenant${table ? ` in ${table}` : ''}`,
      mend: 'Leave tenantId out: it is filled from the context',
      cause: error,
    });
  }
  return new StatementRefusedError({
    problem: `The role of the tenants may not do this (${message ?? 'permission denied'})`,
    mend: 'Shared tables are read-only for tenants unless @Tenantless(reason, { tenants: "write" }) says otherwise; other work belongs into TenantContext.runAsSystem',
    cause: error,
  });
}
