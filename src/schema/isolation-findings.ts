import { AUDIT_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { TENANT_COLUMN, TENANT_DEFAULT } from '../entities/base-columns.js';
import type { Finding } from './finding.js';
import { grantTable, rightsOfTenants } from './grants.js';
import type { LivePolicy, LiveTable } from './live-catalog.js';
import {
  alterPolicy,
  createPolicy,
  enableRowSecurity,
  hasPolicies,
  ownRows,
  policiesOf,
  type PolicyPlan,
  setTenantDefault,
} from './policies.js';
import type { PolicyForm, PolicyForms } from './policy-form.js';
import { quoteName } from './sql.js';
import { type TablePlan, qualified } from './table-plan.js';
import { keepsToTenant, sameCondition, viewInForm } from './tenant-view.js';

/**
 * What stands between a planned table and its isolation: row-level security, policies, the tenant
 * default, grants. Everything here can be mended by the statements of the finding.
 */
export function isolationFindings(
  plan: TablePlan,
  live: LiveTable | undefined,
  forms: PolicyForms,
): Finding[] {
  if (!live) return [missingTable(plan)];
  if (plan.isView) return viewFindings(plan, live, forms);
  return [
    ...(hasPolicies(plan) ? policiesFindings(plan, live, forms) : []),
    ...(plan.class === 'tenant' ? defaultFindings(plan, live) : []),
    ...live.rules.map((rule) => ruleFinding(plan, rule)),
    ...grantFindings(plan, live),
  ];
}

/** A rule runs with the rights of the table's owner, past the policies of wherever it leads. */
function ruleFinding(plan: TablePlan, rule: string): Finding {
  return finding('rewrite-rule', plan, `the rule ${rule} sends statements somewhere else`, [
    `DROP RULE ${quoteName(rule)} ON ${qualified(plan)}`,
  ]);
}

function policiesFindings(plan: TablePlan, live: LiveTable, forms: PolicyForms): Finding[] {
  const findings: Finding[] = [];
  if (!live.rowSecurity || !live.forced) {
    const missing = live.rowSecurity ? 'not forced for its owner' : 'not enabled';
    findings.push(
      finding('row-security', plan, `row-level security is ${missing}`, enableRowSecurity(plan)),
    );
  }
  const planned = policiesOf(plan, forms.made);
  const accepted = forms.accepted.map((form) => policiesOf(plan, form));
  for (const [at, one] of planned.entries()) {
    const allowed = accepted.flatMap((form) => form[at] ?? []);
    findings.push(...policyFindings(plan, one, allowed, live));
  }
  for (const extra of live.policies) {
    if (planned.some((one) => one.name === extra.name)) continue;
    // Nobody acts as the role of the audit log; what it sees, no tenant sees.
    if (extra.roles.join() === AUDIT_ROLE) continue;
    if (extra.permissive) findings.push(strangerFinding(plan, extra));
  }
  return findings;
}

function defaultFindings(plan: TablePlan, live: LiveTable): Finding[] {
  if (sameExpression(plan, live.tenantDefault, TENANT_DEFAULT)) return [];
  return [
    finding('tenant-default', plan, `${TENANT_COLUMN} does not default to the tenant in hand`, [
      setTenantDefault(plan),
    ]),
  ];
}

function policyFindings(
  plan: TablePlan,
  one: PolicyPlan,
  allowed: readonly PolicyPlan[],
  live: LiveTable,
): Finding[] {
  const found = live.policies.find((policy) => policy.name === one.name);
  if (!found) {
    const problem = `the policy ${one.name} is missing`;
    return [finding('policy-missing', plan, problem, createPolicy(plan, one))];
  }
  if (allowed.some((form) => isAsPlanned(plan, found, form))) return [];
  const isOfKind = found.permissive === one.permissive && found.command === '*';
  const mend = isOfKind ? [alterPolicy(plan, one)] : createPolicy(plan, one);
  return [
    finding('policy-drift', plan, `the policy ${one.name} is not the one that was made`, mend),
  ];
}

function isAsPlanned(plan: TablePlan, found: LivePolicy, one: PolicyPlan): boolean {
  return (
    found.permissive === one.permissive &&
    found.command === '*' &&
    found.roles.length === 1 &&
    found.roles[0] === one.role &&
    sameExpression(plan, found.using, one.predicate) &&
    sameExpression(plan, found.check, one.predicate)
  );
}

function sameExpression(plan: TablePlan, live: string | null, planned: string): boolean {
  return sameCondition(live, planned, plan.table);
}

/** Permissive policies are joined by OR; the guard holds against it, but nobody should rely on one wall. */
function strangerFinding(plan: TablePlan, extra: LivePolicy): Finding {
  return finding(
    'policy-stranger',
    plan,
    `the permissive policy ${extra.name} opens the table further`,
    [`DROP POLICY ${quoteName(extra.name)} ON ${qualified(plan)}`],
  );
}

function grantFindings(plan: TablePlan, live: LiveTable): Finding[] {
  const wanted = rightsOfTenants(plan);
  const surplus = live.rights.filter((right) => !wanted.includes(right));
  const lacking = wanted.filter(
    (right) => !live.rights.includes(right) || live.columnRights.includes(right),
  );
  const problem = [
    surplus.length > 0 ? `tenants may ${surplus.join(', ')}` : '',
    lacking.length > 0 ? `tenants may not ${lacking.join(', ')}` : '',
    live.systemLacks.length > 0 ? `system work may not ${live.systemLacks.join(', ')}` : '',
  ].filter(Boolean);
  return problem.length > 0 ? [finding('grants', plan, problem.join('; '), grantTable(plan))] : [];
}

function viewFindings(plan: TablePlan, live: LiveTable, forms: PolicyForms): Finding[] {
  if (live.kind === 'm' && plan.class === 'tenant') return [materializedFinding(plan)];
  const findings = grantFindings(plan, live);
  if (live.kind !== 'v' || live.securityInvoker) return findings;
  return [...findings, ...ownerViewFindings(plan, live, forms)];
}

/** The view reads with the rights of its owner, and so has to hold the condition of a policy itself. */
function ownerViewFindings(plan: TablePlan, live: LiveTable, forms: PolicyForms): Finding[] {
  const isOf = (form: PolicyForm) => keepsToTenant(live.definition, form);
  const holds = plan.class === 'tenant' && forms.accepted.some(isOf);
  if (holds && live.securityBarrier) return [];
  if (holds) {
    return [
      finding(
        'view-barrier',
        plan,
        'a condition of a query may see rows that the view leaves out',
        [`ALTER VIEW ${qualified(plan)} SET (security_barrier = true)`],
      ),
    ];
  }
  if (plan.class === 'tenant' && forms.known.some(isOf))
    return [viewFormFinding(plan, live.definition ?? '', forms.made)];
  if (live.owner === SYSTEM_ROLE) return [foreignRowsFinding(plan, forms.made)];
  return [
    finding('view-invoker', plan, 'the view reads with the rights of its owner', [
      `ALTER VIEW ${qualified(plan)} SET (security_invoker = true)`,
    ]),
  ];
}

function viewFormFinding(plan: TablePlan, definition: string, form: PolicyForm): Finding {
  return finding(
    'view-form',
    plan,
    'the view asks for the tenant in another way than the policies',
    [
      `CREATE OR REPLACE VIEW ${qualified(plan)} WITH (security_barrier = true) AS ${viewInForm(definition, form)}`,
    ],
  );
}

/** Reading with the rights of whoever asks would show nothing: such a view is there for its owner's. */
function foreignRowsFinding(plan: TablePlan, form: PolicyForm): Finding {
  return {
    ...finding(
      'view-tenant',
      plan,
      'the view reads the rows of all tenants and does not keep to the one in hand',
      [],
    ),
    advice: `Create it again as its migration does: columns of one relation, WHERE ${ownRows(form.tenant)}`,
  };
}

function materializedFinding(plan: TablePlan): Finding {
  return {
    ...finding(
      'materialized-view-open',
      plan,
      'a materialized view cannot have row-level security, and an entity asks it for rows of a tenant',
      [],
    ),
    advice:
      'Let the entity ask a view over it that holds the tenant itself, as daily_usage does: see docs/schema-platform.md',
  };
}

function missingTable(plan: TablePlan): Finding {
  return {
    ...finding('table-missing', plan, 'the table does not exist', []),
    advice:
      'Run the migrations, or let the module create it: migrate: "safe" with a login that may',
  };
}

function finding(rule: string, plan: TablePlan, problem: string, mend: string[]): Finding {
  const subject = `${plan.schema}.${plan.table}`;
  return { rule, severity: 'error', subject, problem, mend, advice: undefined };
}
