import type { Defect } from '../../../scripts/mutants.js';
import { GUARDS, POLICIES, SHOWS_OWN, defect, guard, wall } from './defect.js';

/** Policies, grants and what is bound to a statement. */
export const DEFECTS_OF_DATABASE: readonly Defect[] = [
  defect('the permissive policy is dropped', POLICIES, SHOWS_OWN, [
    'schema/policies.ts',
    "policy(plan, 'tenant_isolation', true, APP_ROLE, own),",
    '',
  ]),
  defect(
    'the restrictive policy is dropped',
    POLICIES,
    wall('is not opened by a policy that somebody adds'),
    ['schema/policies.ts', "policy(plan, 'tenant_guard', false, APP_ROLE, own),", ''],
  ),
  defect(
    'row-level security is not forced',
    POLICIES,
    wall('holds for the owner of the tables as well'),
    ['schema/policies.ts', '`ALTER TABLE ${qualified(plan)} FORCE ROW LEVEL SECURITY`,', ''],
    ['schema/isolation-findings.ts', '!live.rowSecurity || !live.forced', '!live.rowSecurity'],
  ),
  defect(
    'the policies check nothing that is written',
    POLICIES,
    wall('lets no row be written for another tenant'),
    ['schema/policies.ts', 'WITH CHECK (${one.predicate})', 'WITH CHECK (true)'],
    ['schema/isolation-findings.ts', 'sameExpression(found.check, one.predicate)', 'true'],
  ),
  defect('a superuser works without the role of the tenants', POLICIES, SHOWS_OWN, [
    'database-preparation.ts',
    'plan.setsAppRole = needsRole(facts);',
    'plan.setsAppRole = false;',
  ]),
  defect(
    'the settings last for the session',
    GUARDS,
    guard('keep nothing of a tenant on the connection'),
    ['connection/binding.ts', '$${at + 1},true)', '$${at + 1},false)'],
  ),
  defect(
    'an empty setting is read as a tenant',
    POLICIES,
    wall('shows nothing without a tenant, on a connection that has had one'),
    [
      'schema/policy-form.ts',
      "`nullif(current_setting('${TENANT_SETTING}', true), '')::uuid`",
      "`current_setting('${TENANT_SETTING}', true)::uuid`",
    ],
  ),
  defect('nothing is bound', POLICIES, SHOWS_OWN, [
    'connection/tenant-client.ts',
    'preamble: unbound ? undefined : this.plan.binding.preambleFor(scope, this.session)',
    'preamble: undefined',
  ]),
  defect(
    'results are cached without the tenant',
    GUARDS,
    guard('keep cached results apart by tenant, under one name as well'),
    [
      'predicate/tenant-query-cache.ts',
      'return key.startsWith(`${owner}|`) ? key : `${owner}|${key}`;',
      'return owner ? key : key;',
    ],
  ),
];
