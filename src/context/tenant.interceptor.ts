import { randomUUID } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Observable, from, map, mergeMap } from 'rxjs';
import { withOwnContext } from './streamed-answer.js';
import { TenantContext, type TenantContextInput } from './tenant-context.js';
import type { TenantRequest, TenantResolver } from './tenant-resolver.js';
import { tenantlessMark } from './tenantless.decorator.js';
import { countUnit } from './units-in-hand.js';

export const TENANT_RESOLVER = Symbol('ROWGUARD_TENANT_RESOLVER');

type RequestLike = Partial<TenantRequest>;

/**
 * Opens the context of each request. An interceptor, because it runs after the guards, so that a
 * resolver sees the user that a guard has authenticated.
 */
@Injectable()
export class TenantInterceptor implements NestInterceptor {
  constructor(
    @Optional() @Inject(TENANT_RESOLVER) private readonly resolve: TenantResolver | undefined,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const mark = tenantlessMark(context.getHandler()) ?? tenantlessMark(context.getClass());
    if (mark) {
      const trace = traceOf(requestOf(context));
      return inContext(next, (work) => TenantContext.runTenantless(mark.reason, work, trace));
    }
    if (!this.resolve) return next.handle();
    return from(this.resolveInput(context)).pipe(
      mergeMap((input) =>
        input ? inContext(next, (work) => TenantContext.run(input, work)) : next.handle(),
      ),
    );
  }

  private async resolveInput(context: ExecutionContext): Promise<TenantContextInput | undefined> {
    const request = requestOf(context);
    const resolved = await this.resolve?.(request as TenantRequest, context);
    if (resolved === undefined || resolved === null) return undefined;
    const answer = typeof resolved === 'string' ? { tenantId: resolved } : resolved;
    return { ...traceOf(request), ...answer };
  }
}

/** Subscribing inside the context is what makes the handler, its pipes and its streams part of it. */
function inContext(next: CallHandler, run: (work: () => void) => void): Observable<unknown> {
  return new Observable((subscriber) => {
    subscriber.add(countUnit());
    run(() => {
      subscriber.add(next.handle().pipe(map(withOwnContext)).subscribe(subscriber));
    });
  });
}

function requestOf(context: ExecutionContext): RequestLike {
  switch (context.getType<string>()) {
    case 'ws':
      return context.switchToWs().getClient<RequestLike>();
    case 'rpc':
      return context.switchToRpc().getData<RequestLike>() ?? {};
    case 'graphql':
      return context.getArgByIndex<{ req?: RequestLike } | undefined>(2)?.req ?? {};
    default:
      return context.switchToHttp().getRequest<RequestLike>();
  }
}

const LONGEST_REQUEST_ID = 128;

function traceOf(request: RequestLike): { actorId?: string; requestId: string } {
  const header = request.headers?.['x-request-id'];
  const given = typeof header === 'string' && header !== '' && header.length <= LONGEST_REQUEST_ID;
  const actor = request.user?.['id'] ?? request.user?.['sub'];
  return {
    requestId: given ? header : randomUUID(),
    ...(typeof actor === 'string' || typeof actor === 'number' ? { actorId: String(actor) } : {}),
  };
}
