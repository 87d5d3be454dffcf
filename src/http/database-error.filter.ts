import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { throwError } from 'rxjs';
import { DatabaseError } from '../errors/database.error.js';
import { type HttpProblem, httpProblem } from './http-problem.js';

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

/** What Nest answers over sockets and microservices to an error that it does not know. */
const UNKNOWN = { status: 'error', message: 'Internal server error' } as const;

/**
 * Answers the errors of this module over HTTP as `application/problem+json` (RFC 9457), on Express
 * and on Fastify. What is ours to mend is logged, and nothing of it is told. HttpExceptions are
 * Nest's. Sockets and microservices are answered as if this filter were not there, since Nest takes
 * a filter that throws for a mistake and leaves the caller without an answer. Everything else, such
 * as GraphQL, is handed the error.
 */
@Catch(DatabaseError)
export class DatabaseErrorFilter implements ExceptionFilter<DatabaseError> {
  private readonly log = new Logger('Rowguard');

  catch(error: DatabaseError, host: ArgumentsHost): unknown {
    const transport = host.getType<string>();
    if (transport === 'rpc' || transport === 'ws') {
      this.log.error(error.message, error.stack);
      return transport === 'rpc'
        ? throwError(() => UNKNOWN)
        : notify(host.switchToWs().getClient());
    }
    if (transport !== 'http') throw error;
    const problem = httpProblem(error);
    if (problem.status >= FIRST_OF_OURS) this.log.error(error.message, error.stack);
    answer(host.switchToHttp().getResponse<FastifyAnswer | ExpressAnswer>(), problem);
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

function answer(response: FastifyAnswer | ExpressAnswer, problem: HttpProblem): void {
  const body = JSON.stringify(problem);
  if ('code' in response && typeof response.code === 'function') {
    if (!response.sent)
      response.code(problem.status).header('content-type', PROBLEM_JSON).send(body);
    return;
  }
  const express = response as ExpressAnswer;
  if (express.headersSent) {
    express.end();
    return;
  }
  express.statusCode = problem.status;
  express.setHeader('content-type', PROBLEM_JSON);
  express.end(body);
}
