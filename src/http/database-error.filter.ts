import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Inject,
  Logger,
  Optional,
} from '@nestjs/common';
import { throwError } from 'rxjs';
import { TypeORMError } from 'typeorm';
import { DatabaseError } from '../errors/database.error.js';
import {
  type DatabaseErrorFilterOptions,
  checkedFilterOptions,
  withOwnWords,
} from './database-error-filter-options.js';
import { type HttpProblem, httpProblem, retryAfter, silence } from './http-problem.js';
import { ofTypeOrm } from './of-type-orm.js';

const PROBLEM_JSON = 'application/problem+json';
const FIRST_OF_OURS = 500;

interface FastifyAnswer {
  readonly sent: boolean;
  code(status: number): this;
  header(name: string, value: string): this;
  send(body: string): unknown;
}

interface ExpressAnswer {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

interface SocketClient {
  readonly readyState?: unknown;
  send?(text: string): void;
  emit?(event: string, payload: object): void;
}

/** Nobody provides it: where Nest makes the filter, it is made without options. */
const NO_OPTIONS = Symbol('options of the DatabaseErrorFilter');

/** What Nest answers over sockets and microservices to an error that it does not know. */
const UNKNOWN = { status: 'error', message: 'Internal server error' } as const;

/**
 * Answers the errors of this module over HTTP as `application/problem+json` (RFC 9457), on Express
 * and on Fastify; those of TypeORM that come from elsewhere as if they were ours. What is ours to mend is logged, and nothing of it is told. HttpExceptions are
 * Nest's. Sockets and microservices are answered as if this filter were not there, since Nest takes
 * a filter that throws for a mistake and leaves the caller without an answer. Everything else, such
 * as GraphQL, is handed the error.
 */
@Catch(DatabaseError, TypeORMError)
export class DatabaseErrorFilter implements ExceptionFilter<DatabaseError | TypeORMError> {
  private readonly log = new Logger('Rowguard');
  private readonly options: DatabaseErrorFilterOptions;

  constructor(@Optional() @Inject(NO_OPTIONS) options: DatabaseErrorFilterOptions = {}) {
    this.options = checkedFilterOptions(options);
  }

  catch(error: DatabaseError | TypeORMError, host: ArgumentsHost): unknown {
    const transport = host.getType<string>();
    if (transport === 'rpc' || transport === 'ws') {
      this.log.error(error.message, error.stack);
      return transport === 'rpc'
        ? throwError(() => UNKNOWN)
        : notify(host.switchToWs().getClient());
    }
    if (transport !== 'http') throw error;
    const known = ofTypeOrm(error);
    const problem = known ? withOwnWords(httpProblem(known), known, this.options) : silence();
    if (problem.status >= FIRST_OF_OURS) this.log.error(error.message, error.stack);
    const response = host.switchToHttp().getResponse<FastifyAnswer | ExpressAnswer>();
    answer(response, problem, known && retryAfter(known));
    return undefined;
  }
}

/** Clients of `ws` have an emit as well, which tells nobody outside. */
function notify(client: SocketClient): void {
  if (typeof client.readyState === 'number') {
    client.send?.(JSON.stringify({ event: 'exception', data: UNKNOWN }));
  } else {
    client.emit?.('exception', UNKNOWN);
  }
}

function answer(
  response: FastifyAnswer | ExpressAnswer,
  problem: HttpProblem,
  seconds: number | undefined,
): void {
  const body = JSON.stringify(problem);
  if ('code' in response && typeof response.code === 'function') {
    if (response.sent) return;
    response.code(problem.status).header('content-type', PROBLEM_JSON);
    if (seconds !== undefined) response.header('retry-after', String(seconds));
    response.send(body);
    return;
  }
  const express = response as ExpressAnswer;
  if (express.headersSent) {
    express.end();
    return;
  }
  express.statusCode = problem.status;
  express.setHeader('content-type', PROBLEM_JSON);
  if (seconds !== undefined) express.setHeader('retry-after', String(seconds));
  express.end(body);
}
