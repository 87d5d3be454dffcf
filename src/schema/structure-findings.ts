import { TENANT_COLUMN } from '../entities/base-columns.js';
import type { Finding } from './finding.js';
import type { LiveFunction, LiveTable } from './live-catalog.js';
import { type TablePlan, qualified } from './table-plan.js';

export interface LiveCatalog {
  readonly tables: readonly LiveTable[];
  readonly functions: readonly LiveFunction[];
  readonly temporaryTables: boolean;
  /** Tables of the tooling itself, which hold no tenant's rows. */
  readonly internal: readonly string[];
}

/** What a person has to decide: keys, references, views, functions, and tables nobody planned. */
export function structureFindings(plans: readonly TablePlan[], catalog: LiveCatalog): Finding[] {
  const byName = new Map(plans.map((plan) => [`${plan.schema}.${plan.table}`, plan]));
  const isTenant = (name: string) => byName.get(name)?.class === 'tenant';
  const findings: Finding[] = [];
  for (const live of catalog.tables) {
    const name = `${live.schema}.${live.table}`;
    if (live.isExtension || catalog.internal.includes(live.table)) {
      findings.push(...internalFindings(live));
      continue;
    }
    const plan = byName.get(name);
    if (!plan) findings.push(...unclassifiedFindings(live));
    else if (plan.class === 'tenant' && !plan.isView) findings.push(...keyFindings(live, isTenant));
  }
  return [...findings, ...functionFindings(catalog.functions), ...temporaryFindings(catalog)];
}

function internalFindings(live: LiveTable): Finding[] {
  const open = live.rights.filter((right) => right !== 'SELECT' || !live.isExtension);
  if (open.length === 0) return [];
  return [
    error('internal-open', live, `tenants may ${open.join(', ')} on a table of the tooling`, [
      `REVOKE ALL ON ${qualified(live)} FROM PUBLIC, rowguard_app`,
    ]),
  ];
}

function unclassifiedFindings(live: LiveTable): Finding[] {
  if (live.kind === 'm') {
    if (live.rights.length === 0) return [];
    return [
      error(
        'materialized-view-open',
        live,
        'tenants may read a materialized view, which cannot have row-level security',
        [`REVOKE ALL ON ${qualified(live)} FROM PUBLIC, rowguard_app`],
      ),
    ];
  }
  if (live.kind === 'v' && (live.securityInvoker || live.rights.length === 0)) return [];
  if (live.isPartition && live.rights.length === 0) return [];
  if (live.kind === 'v') {
    return [
      error('view-invoker', live, 'the view reads with the rights of its owner', [
        `ALTER VIEW ${qualified(live)} SET (security_invoker = true)`,
      ]),
    ];
  }
  const problem = live.isPartition
    ? 'tenants may reach this partition directly, past the policies of its parent'
    : 'no entity says whose rows it holds';
  return [
    {
      ...error('unclassified', live, problem, []),
      severity: live.rights.length > 0 ? 'error' : 'warning',
      mend:
        live.rights.length > 0
          ? [`REVOKE ALL ON ${qualified(live)} FROM PUBLIC, rowguard_app`]
          : [],
      advice:
        'Declare an entity for the table, a TenantEntity or a SharedEntity, or move it to a schema of its own',
    },
  ];
}

function keyFindings(live: LiveTable, isTenant: (name: string) => boolean): Finding[] {
  const findings: Finding[] = [];
  const primary = live.keys.find((key) => key.kind === 'primary');
  if (primary?.columns[0] !== TENANT_COLUMN) {
    findings.push(
      advise(
        'primary-key',
        live,
        `the primary key does not start with ${TENANT_COLUMN}`,
        'Make it (tenant_id, id)',
      ),
    );
  }
  if (!live.tenantNotNull) {
    findings.push(
      advise('tenant-nullable', live, `${TENANT_COLUMN} may be null`, 'Set it NOT NULL'),
    );
  }
  for (const key of live.keys) {
    if (key.kind === 'unique' && !key.columns.includes(TENANT_COLUMN)) {
      findings.push(
        advise(
          'unique-without-tenant',
          live,
          `the unique key ${key.name} tells one tenant what another has`,
          'Put tenant_id first, as @UniqueActive does',
        ),
      );
    }
  }
  if (!live.keys.some((key) => key.columns[0] === TENANT_COLUMN)) {
    findings.push(
      advise(
        'no-tenant-index',
        live,
        'no index starts with tenant_id',
        'Create one; every query asks for it',
      ),
    );
  }
  for (const key of live.foreignKeys) {
    const toTenant = isTenant(`${key.targetSchema}.${key.target}`);
    if (toTenant && !key.columns.includes(TENANT_COLUMN)) {
      findings.push(
        advise(
          'reference-without-tenant',
          live,
          `${key.name} could point into another tenant`,
          'Declare the reference with @TenantManyToOne',
        ),
      );
    }
    if (key.onDelete === 'n' && key.columns.includes(TENANT_COLUMN)) {
      findings.push(
        advise(
          'set-null',
          live,
          `${key.name} would null the tenant on delete`,
          'Use RESTRICT or CASCADE',
        ),
      );
    }
  }
  return findings;
}

function functionFindings(functions: readonly LiveFunction[]): Finding[] {
  return functions.map((one) => ({
    rule: one.searchPath ? 'definer-function' : 'definer-search-path',
    severity: one.searchPath ? 'warning' : 'error',
    subject: one.name,
    problem: one.searchPath
      ? 'tenants may call a function that runs with the rights of its owner'
      : 'a function runs with the rights of its owner and under the search path of its caller',
    mend: one.searchPath
      ? []
      : [`ALTER FUNCTION ${one.name} SET search_path = pg_catalog, pg_temp`],
    advice: one.searchPath
      ? 'Check that it asks for the tenant itself, or revoke EXECUTE'
      : undefined,
  }));
}

function temporaryFindings(catalog: LiveCatalog): Finding[] {
  if (!catalog.temporaryTables) return [];
  return [
    {
      rule: 'temporary-tables',
      severity: 'warning',
      subject: 'database',
      problem:
        'tenants may create temporary tables, which outlive their request on a pooled connection',
      mend: [],
      advice: 'As the owner of the database run: REVOKE TEMPORARY ON DATABASE <name> FROM PUBLIC',
    },
  ];
}

function error(rule: string, live: LiveTable, problem: string, mend: string[]): Finding {
  return {
    rule,
    severity: 'error',
    subject: `${live.schema}.${live.table}`,
    problem,
    mend,
    advice: undefined,
  };
}

function advise(rule: string, live: LiveTable, problem: string, advice: string): Finding {
  return { ...error(rule, live, problem, []), advice };
}
