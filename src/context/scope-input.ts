import { described } from '../errors/described-value.js';
import { InvalidContextError } from '../errors/invalid-context.error.js';
import { ACTOR_TYPES, type Trace } from './tenant-scope.js';
import { isUuid } from './uuid.js';

const LONGEST_TRACE = 255;
const LONGEST_REASON = 500;

export function checkedTenantId(tenantId: unknown): string {
  if (isUuid(tenantId)) return tenantId.toLowerCase();
  throw new InvalidContextError({
    problem: `The tenant id is not a UUID (given: ${described(tenantId)})`,
    mend: 'Resolve the tenant to its UUID before opening the context; a slug or a number has to be looked up first',
  });
}

export function checkedTrace(trace: Trace): Trace {
  return {
    ...checkedTraceValue('actorId', trace.actorId),
    ...checkedTraceValue('requestId', trace.requestId),
    ...checkedActorType(trace.actorType),
    ...checkedTraceValue('onBehalfOf', trace.onBehalfOf),
    ...checkedTraceValue('traceId', trace.traceId),
  };
}

function checkedActorType(value: unknown): Trace {
  if (value === undefined || value === null) return {};
  const actorType = ACTOR_TYPES.find((one) => one === value);
  if (actorType) return { actorType };
  throw new InvalidContextError({
    problem: `The actorType is unknown (given: ${described(value)})`,
    mend: `Use one of ${ACTOR_TYPES.join(', ')}, or leave it out for user`,
  });
}

function checkedTraceValue(name: Exclude<keyof Trace, 'actorType'>, value: unknown): Trace {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string' && value.length <= LONGEST_TRACE && !value.includes('\0')) {
    return { [name]: value };
  }
  throw new InvalidContextError({
    problem: `The ${name} cannot be sent to the database (given: ${described(value)})`,
    mend: `Use a string of at most ${LONGEST_TRACE} characters without nul bytes, or leave it out`,
  });
}

/** It comes from outside: what cannot be one is kept as a token that nothing satisfies. */
export function checkedReadAfter(token: unknown): string | undefined {
  if (token === undefined || token === null || token === '') return undefined;
  return typeof token === 'string' && token.length <= LONGEST_TRACE ? token : '?';
}

export function checkedReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  if (text !== '' && text.length <= LONGEST_REASON && !text.includes('\0')) return text;
  throw new InvalidContextError({
    problem: `A reason is mandatory here (given: ${described(reason)})`,
    mend: `Say in a few words why this work needs no tenant; it is recorded (at most ${LONGEST_REASON} characters)`,
  });
}
