import { SYSTEM_ROLE } from './role-names.js';
import { checkedReason } from './scope-input.js';
import { systemWork } from './system-work.js';
import type { SystemScope } from './tenant-scope.js';
import { currentScope, runInScope } from './unit-store.js';

/** What the database is told about the work in hand, beside who does it. */
export const PURGE_MARK = { work: 'purge' } as const;

/**
 * Whether the rows that a statement deletes are being purged, as SQL inside the database. Only the
 * system role is believed: a tenant may set whatever it likes, and it is a delete all the same.
 * Undefined or empty settings answer with NULL, which no CASE takes for true.
 */
export const IS_PURGE = `(nullif(current_setting('rowguard.trace', true), '')::jsonb->>'work' = '${PURGE_MARK.work}' AND current_setting('role', true) = '${SYSTEM_ROLE}')`;

/** Runs `work` as system work whose deletes the audit log calls a purge. Outside of any transaction. */
export function runAsPurge<T>(reason: string, work: () => Promise<T>): Promise<T> {
  const { actorId, requestId, onBehalfOf, traceId } = currentScope() ?? {};
  const scope: SystemScope = Object.freeze({
    kind: 'system',
    reason: checkedReason(reason),
    purges: true,
    ...(actorId === undefined ? {} : { actorId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(traceId === undefined ? {} : { traceId }),
  });
  systemWork.record(scope);
  return runInScope(scope, work);
}
