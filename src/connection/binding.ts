import type { Scope } from '../context/tenant-scope.js';
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
  /** `alone`: the group is a transaction of its own, in which nothing can have been set before. */
  preambleFor(scope: Scope, alone: boolean): Preamble | undefined;
}

/** In the order of the bits by which a combination of them is known. */
const SETTINGS = [
  'rowguard.tenant_id',
  'rowguard.actor_id',
  'rowguard.request_id',
  'rowguard.reason',
  'role',
] as const;
const TENANT_BIT = 1;

/**
 * The default: settings that last until the end of the transaction, set by parameter. Alone, the
 * Sync group is that transaction, so nothing stays on the connection; and what is empty there need
 * not be emptied. The tenant is set in any case.
 */
export class LocalBinding implements Binding {
  private readonly texts = new Map<number, string>();

  /** `setsAppRole`: the login could do more than a tenant may, so each group takes the role first. */
  constructor(private readonly setsAppRole: () => boolean) {}

  preambleFor(scope: Scope, alone: boolean): Preamble | undefined {
    if (scope.kind === 'owner') return undefined;
    const all = [
      scope.kind === 'tenant' ? scope.tenantId : '',
      scope.actorId ?? '',
      scope.requestId ?? '',
      scope.kind === 'tenant' ? '' : scope.reason,
      this.roleFor(scope),
    ];
    let bits = TENANT_BIT;
    all.forEach((value, at) => {
      const isRole = at === all.length - 1;
      if (value !== '' || (!alone && !isRole)) bits |= 1 << at;
    });
    const values = all.filter((_, at) => bits & (1 << at));
    return { name: `rowguard_bind_${bits}`, text: this.textOf(bits), values };
  }

  private roleFor(scope: Scope): string {
    if (scope.kind === 'system') return SYSTEM_ROLE;
    return this.setsAppRole() ? APP_ROLE : '';
  }

  private textOf(bits: number): string {
    const known = this.texts.get(bits);
    if (known !== undefined) return known;
    const names = SETTINGS.filter((_, at) => bits & (1 << at));
    const text = `select ${names.map((name, at) => `set_config('${name}',$${at + 1},true)`).join(',')}`;
    this.texts.set(bits, text);
    return text;
  }
}
