import { STATUS_CODES } from 'node:http';
import { ConstraintViolatedError } from '../errors/constraint-violated.error.js';
import type { DatabaseError } from '../errors/database.error.js';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { getConstraintName } from '../errors/violations.js';
import type { HttpProblem } from './http-problem.js';

/** What is answered where a constraint is violated. */
export interface ConstraintAnswer {
  readonly message: string;
  /** The field that it is about, where that is another than the property. */
  readonly field?: string;
  /** Default: the status of the kind of constraint. */
  readonly status?: 400 | 403 | 409 | 422;
}

export interface DatabaseErrorFilterOptions {
  /** By the name of the constraint, what whoever asked is told. */
  readonly constraints?: Readonly<Record<string, string | ConstraintAnswer>>;
}

const STATUSES = [400, 403, 409, 422];

export function checkedFilterOptions(
  options: DatabaseErrorFilterOptions,
): DatabaseErrorFilterOptions {
  const { constraints = {}, ...others } = options;
  if (Object.keys(others).length > 0) throw refused(`there is no ${Object.keys(others)[0]}`);
  if (typeof constraints !== 'object' || constraints === null)
    throw refused('constraints is no object');
  for (const [name, answer] of Object.entries(constraints)) {
    const { message, field = '', status = 409 } = toAnswer(answer);
    const fits = typeof message === 'string' && message.trim() !== '' && typeof field === 'string';
    if (!fits || !STATUSES.includes(status)) throw refused(`the answer to ${name} cannot be used`);
  }
  return options;
}

/** The application's own sentence, where it has one for the constraint that was violated. */
export function withOwnWords(
  problem: HttpProblem,
  error: DatabaseError,
  { constraints = {} }: DatabaseErrorFilterOptions,
): HttpProblem {
  const name = getConstraintName(error);
  if (!(error instanceof ConstraintViolatedError) || name === undefined) return problem;
  if (!Object.hasOwn(constraints, name)) return problem;
  const { message = problem.detail, field, status } = toAnswer(constraints[name]);
  const fields = field === undefined ? error.properties : [field];
  return {
    ...problem,
    ...(status === undefined ? {} : { status, title: STATUS_CODES[status] ?? '' }),
    detail: message,
    ...(fields.length > 0
      ? { fields: fields.map((one) => ({ field: one, problems: [message] })) }
      : {}),
  };
}

function toAnswer(answer: string | ConstraintAnswer | null | undefined): Partial<ConstraintAnswer> {
  return typeof answer === 'string' ? { message: answer } : (answer ?? {});
}

function refused(why: string): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `The options of DatabaseErrorFilter do not fit: ${why}`,
    mend: `Write { constraints: { uq_…: 'a sentence' } }, or { message, field, status } with a status of ${STATUSES.join(', ')}`,
  });
}
