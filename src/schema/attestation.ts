import { AttestationError } from '../errors/attestation.error.js';
import type { LoginFacts } from './login-facts.js';
import { type AttestationRules, loginFindings } from './login-findings.js';

/** Refuses a login or role under which row-level security would not hold. */
export function attestLogin(facts: LoginFacts, rules: AttestationRules): void {
  const [first] = loginFindings(facts, rules);
  if (!first) return;
  throw new AttestationError({
    problem: first.problem,
    mend: first.advice ?? `As an administrator run: ${first.mend.join('; ')}`,
  });
}
