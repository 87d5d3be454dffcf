import type pg from 'pg';
import { DatabaseError } from '../errors/database.error.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { TransactionUndoneError } from '../errors/transaction-undone.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import type { WireConnection, WireQuery } from './wire.js';

export type Done = (error: Error | null, result?: pg.QueryResult) => void;
export type Config = pg.QueryConfig & { callback?: Done };

export const MOST_PARAMETERS = 65_535;

export function asSubmittable(config: unknown): WireQuery | undefined {
  const candidate = config as Partial<WireQuery> | null | undefined;
  return typeof candidate?.submit === 'function' ? (candidate as WireQuery) : undefined;
}

export function textOf(query: WireQuery & { cursor?: { text?: unknown } }): string {
  const text = query.text ?? query.cursor?.text;
  if (typeof text === 'string' && typeof query.handleDataRow === 'function') return text;
  throw refused(
    'it is a custom query whose text cannot be read (COPY is not possible under row-level security)',
  );
}

export function toConfig(config: unknown, values: unknown[] | undefined): Config {
  const request = typeof config === 'string' ? { text: config } : (config as Config | null);
  if (typeof request?.text !== 'string') {
    throw noText();
  }
  return { ...request, values: values ?? request.values ?? [] };
}

export function noText(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The query has no text',
    mend: 'Pass a string, or an object with a text',
  });
}

export function refused(why: string): StatementRefusedError {
  return new StatementRefusedError({
    problem: `The statement was not sent: ${why}`,
    mend: 'Send plain SELECT, INSERT, UPDATE, DELETE or MERGE statements, one at a time, with values as parameters; schema and maintenance work belongs into TenantContext.runAsSystem or a migration',
  });
}

export function tooManyParameters(request: pg.QueryConfig): InvalidInputError {
  return new InvalidInputError({
    problem: `The statement has ${request.values?.length ?? 0} parameters; PostgreSQL takes at most ${MOST_PARAMETERS}`,
    mend: 'Write in parts (insertMany does), or pass one array and use = ANY($1)',
    given: { parameters: request.values?.length ?? 0 },
  });
}

/** The error reaches the caller the way that it asked for its answer. */
export function failed(
  error: Error,
  callback: Done | undefined,
  submittable: WireQuery | undefined,
  connection: WireConnection,
): unknown {
  if (!(error instanceof DatabaseError)) throw error;
  if (submittable) {
    process.nextTick(() => {
      const stream = submittable as unknown as { destroy?: (reason: Error) => void };
      if (typeof stream.destroy === 'function') stream.destroy(error);
      else submittable.handleError(error, connection);
    });
    return submittable;
  }
  if (!callback) return Promise.reject(error);
  process.nextTick(callback, error);
  return undefined;
}

/** A statement failed, its error was swallowed, and the transaction went on to its end. */
export function undone(): TransactionUndoneError {
  return new TransactionUndoneError({
    problem:
      'The transaction was undone instead of committed, because a statement in it had failed',
    mend: 'Let the error of the statement pass, or run that part with { savepoint: true } so that it fails alone',
  });
}
