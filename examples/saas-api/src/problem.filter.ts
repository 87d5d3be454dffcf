import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Problem, problemOf } from './problem.js';

/**
 * Answers whatever DatabaseErrorFilter leaves as `application/problem+json` (RFC 9457) too; what is
 * ours to mend is logged.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Problem');

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, arguments_: ArgumentsHost): void {
    const problem = problemOf(error);
    if (problem.status >= 500) this.log.error(error);
    this.reply(arguments_.switchToHttp().getResponse<object>(), problem);
  }

  private reply(response: object, { status, ...rest }: Problem): void {
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    const body = { type: 'about:blank', title: STATUS_CODES[status], status, ...rest };
    httpAdapter.reply(response, body, status);
  }
}
