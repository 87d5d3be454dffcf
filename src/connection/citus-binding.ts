import type { Scope } from '../context/tenant-scope.js';
import type { Binding, Preamble } from './binding.js';
import type { ScopeFacts } from './scope-facts.js';

const WITHOUT_ROLE = 'select rowguard_bind($1,$2,$3,$4,$5)';
const WITH_ROLE = `${WITHOUT_ROLE},set_config('role',$6,true)`;

/**
 * For a database that is spread over machines: the tenant is set by a statement, inside a transaction
 * that was begun, since nothing else is told to the others.
 */
export class CitusBinding implements Binding {
  readonly needsTransaction = true;

  constructor(private readonly facts: ScopeFacts) {}

  preambleFor(scope: Scope): Preamble | undefined {
    const facts = this.facts.of(scope);
    if (!facts) return undefined;
    const { values, role } = facts;
    if (role === undefined) return { name: 'rowguard_tell', text: WITHOUT_ROLE, values };
    return { name: 'rowguard_tell_role', text: WITH_ROLE, values: [...values, role] };
  }
}
