import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';

/** Answers with the name of the error, so that a test sees from outside which one it was. */
@Catch()
export class ErrorNameFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, arguments_: ArgumentsHost): unknown {
    const name = error instanceof Error ? error.name : 'unknown';
    const transport = arguments_.getType();
    if (transport === 'rpc') return throwError(() => ({ error: name }));
    const status = error instanceof HttpException ? error.getStatus() : 500;
    const response = arguments_.switchToHttp().getResponse<object>();
    this.host.httpAdapter.reply(response, { error: name }, status);
    return undefined;
  }
}
