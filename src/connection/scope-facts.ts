import { PURGE_MARK } from '../context/purge-work.js';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import type { Scope } from '../context/tenant-scope.js';

export interface Facts {
  /** In the order of BINDING_SETTINGS. Empty ones too: a setting that was never set is an error to read. */
  readonly values: readonly string[];
  /** The role to take first; undefined: the login is no more than a tenant. */
  readonly role: string | undefined;
}

/** What the database has to be told of a scope, whichever way it is told. */
export class ScopeFacts {
  /**
   * `setsAppRole`: the login could do more than a tenant may, so each group takes the role first.
   * `mayBeAnonymous`: work of a tenant that names no actor says so, and the audit log takes it.
   */
  constructor(
    private readonly setsAppRole: () => boolean,
    private readonly mayBeAnonymous = false,
  ) {}

  /** Undefined: the owner, who is not bound. */
  of(scope: Scope): Facts | undefined {
    if (scope.kind === 'owner') return undefined;
    const values = [
      scope.kind === 'tenant' ? scope.tenantId : '',
      scope.actorId ?? '',
      scope.requestId ?? '',
      scope.kind === 'tenant' ? '' : scope.reason,
      this.traceOf(scope),
    ];
    if (scope.kind === 'system') return { values, role: SYSTEM_ROLE };
    return { values, role: this.setsAppRole() ? APP_ROLE : undefined };
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
