import { BINDING_SETTINGS } from '../context/binding-terms.js';
import type { Scope } from '../context/tenant-scope.js';
import type { ScopeFacts } from './scope-facts.js';
import type { SignedSession } from './signed/signed-session.js';

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
  /** The group has to be a transaction that was begun, not only one that its Sync makes. */
  readonly needsTransaction?: boolean;
  preambleFor(scope: Scope, session?: SignedSession): Preamble | undefined;
}

/** `select` with a call for each setting, that lasts until the end of the transaction. */
export function settingsByParameter(names: readonly string[]): string {
  return `select ${names.map((name, at) => `set_config('${name}',$${at + 1},true)`).join(',')}`;
}

const WITHOUT_ROLE = settingsByParameter(BINDING_SETTINGS);
const WITH_ROLE = settingsByParameter([...BINDING_SETTINGS, 'role']);

/**
 * The default: settings that last until the end of the transaction, set by parameter. Alone, the
 * Sync group is that transaction, so nothing stays on the connection.
 */
export class LocalBinding implements Binding {
  constructor(private readonly facts: ScopeFacts) {}

  preambleFor(scope: Scope): Preamble | undefined {
    const facts = this.facts.of(scope);
    if (!facts) return undefined;
    const { values, role } = facts;
    if (role === undefined) return { name: 'rowguard_bind', text: WITHOUT_ROLE, values };
    return { name: 'rowguard_bind_role', text: WITH_ROLE, values: [...values, role] };
  }
}
