import { BINDING_SETTINGS, SEAL_SETTING } from '../../context/binding-terms.js';
import type { Scope } from '../../context/tenant-scope.js';
import { type Binding, type Preamble, settingsByParameter } from '../binding.js';
import type { ScopeFacts } from '../scope-facts.js';
import type { BindingSigner } from './binding-signer.js';
import type { SignedSession } from './signed-session.js';

const SETTINGS = [...BINDING_SETTINGS, SEAL_SETTING];
const WITHOUT_ROLE = settingsByParameter(SETTINGS);
const WITH_ROLE = settingsByParameter([...SETTINGS, 'role']);

/** The settings of the local binding, and a seal that only who knows the key can make. */
export class SignedBinding implements Binding {
  constructor(
    private readonly facts: ScopeFacts,
    readonly signer: BindingSigner,
  ) {}

  preambleFor(scope: Scope, session?: SignedSession): Preamble | undefined {
    const facts = this.facts.of(scope);
    if (!facts) return undefined;
    const seal =
      scope.kind === 'tenant' && session ? this.signer.seal(scope.tenantId, session) : '';
    const values = [...facts.values, seal];
    if (facts.role === undefined) return { name: 'rowguard_seal', text: WITHOUT_ROLE, values };
    return { name: 'rowguard_seal_role', text: WITH_ROLE, values: [...values, facts.role] };
  }
}
