import type pg from 'pg';
import { getSqlState } from '../../../src/errors/violations.js';
import type { AskedStatement } from '../statement-log.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface PlanFinding {
  readonly problem: string;
  readonly sql: string;
}

const EXPLAINED = /^\s*(?:SELECT|WITH|UPDATE|DELETE|INSERT)\b/i;

export interface PlanRules {
  /** Tables that must not be read from end to end. */
  readonly big: ReadonlySet<string>;
  /** Indexes of those tables, which are to be entered by the tenant. */
  readonly tenantIndexes: ReadonlySet<string>;
}

/**
 * Reads the plans of statements as the role of the tenants: no big table is scanned, and whatever
 * index of a tenant table is used is entered by the tenant.
 */
export async function planFindings(
  client: pg.Client,
  tenantId: string,
  statements: readonly AskedStatement[],
  rules: PlanRules,
): Promise<{ explained: number; findings: PlanFinding[] }> {
  await client.query('set role rowguard_app');
  await client.query(`select set_config('rowguard.tenant_id', $1, false)`, [tenantId]);
  let explained = 0;
  const findings: PlanFinding[] = [];
  for (const { sql, parameters } of statements) {
    if (!EXPLAINED.test(sql)) continue;
    const plan = await explain(client, sql, parameters);
    // What the database refuses to plan, a test has asked for to see it refused.
    if (!plan) continue;
    explained++;
    for (const problem of problemsOf(plan, rules)) findings.push({ problem, sql });
  }
  await client.query('reset role');
  return { explained, findings };
}

async function explain(
  client: pg.Client,
  sql: string,
  parameters: readonly unknown[],
): Promise<PlanNode | undefined> {
  const text = `explain (format json) ${sql}`;
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(text, [
      ...parameters,
    ]);
    return rows[0]?.['QUERY PLAN'][0].Plan;
  } catch (error) {
    if (getSqlState(error) === undefined) throw error;
    return undefined;
  }
}

function problemsOf(node: PlanNode, rules: PlanRules): string[] {
  const { 'Relation Name': table = '', 'Index Name': index, 'Index Cond': condition = '' } = node;
  const problems: string[] = [];
  if (node['Node Type'].endsWith('Seq Scan') && rules.big.has(table)) {
    problems.push(`reads ${table} from end to end`);
  }
  if (index !== undefined && rules.tenantIndexes.has(index) && !condition.includes('tenant_id')) {
    problems.push(`goes through ${index} without the tenant`);
  }
  return [...problems, ...(node.Plans ?? []).flatMap((child) => problemsOf(child, rules))];
}
