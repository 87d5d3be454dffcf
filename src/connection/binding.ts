import type { Scope } from '../context/tenant-scope.js';
import { PURGE_MARK } from '../context/purge-work.js';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';

/** A statement that goes before the user's, in the same Sync group. */
export interface Preamble {
  readonly name: string;
  readonly text: string;
  readonly values: readonly string[];
}

/**
 * The seam for other ways of binding: which statement tells the database whom the next one acts
 * for. Undefined: the statement goes alone.
 */
export interface Binding {
  preambleFor(scope: Scope): Preamble | undefined;
}

const SETTINGS = [
  'rowguard.tenant_id',
  'rowguard.actor_id',
  'rowguard.request_id',
  'rowguard.reason',
  'rowguard.trace',
] as const;

const WITHOUT_ROLE = `select ${SETTINGS.map((name, at) => `set_config('${name}',$${at + 1},true)`).join(',')}`;
const WITH_ROLE = `${WITHOUT_ROLE},set_config('role',$${SETTINGS.length + 1},true)`;

/**
 * The default: settings that last until the end of the transaction, set by parameter. Alone, the
 * Sync group is that transaction, so nothing stays on the connection. Empty ones are set as well:
 * whoever reads one that was never set on this connection would get an error.
 */
export class LocalBinding implements Binding {
  /**
   * `setsAppRole`: the login could do more than a tenant may, so each group takes the role first.
   * `mayBeAnonymous`: work of a tenant that names no actor says so, and the audit log takes it.
   */
  constructor(
    private readonly setsAppRole: () => boolean,
    private readonly mayBeAnonymous = false,
  ) {}

  preambleFor(scope: Scope): Preamble | undefined {
    if (scope.kind === 'owner') return undefined;
    const values = [
      scope.kind === 'tenant' ? scope.tenantId : '',
      scope.actorId ?? '',
      scope.requestId ?? '',
      scope.kind === 'tenant' ? '' : scope.reason,
      this.traceOf(scope),
    ];
    if (scope.kind === 'system') return withRole(values, SYSTEM_ROLE);
    if (this.setsAppRole()) return withRole(values, APP_ROLE);
    return { name: 'rowguard_bind', text: WITHOUT_ROLE, values };
  }

  /** What few say about themselves travels as one text, which is empty for all others. */
  private traceOf(scope: Scope): string {
    const { actorId, actorType, onBehalfOf, traceId } = scope;
    const type = actorType ?? (this.mayBeAnonymous && !actorId ? 'anonymous' : undefined);
    const purge = scope.kind === 'system' && scope.purges ? PURGE_MARK : undefined;
    if ((type ?? onBehalfOf ?? traceId ?? purge) === undefined) return '';
    return JSON.stringify({ actorType: type, onBehalfOf, traceId, ...purge });
  }
}

function withRole(values: readonly string[], role: string): Preamble {
  return { name: 'rowguard_bind_role', text: WITH_ROLE, values: [...values, role] };
}
