import type { Finding } from '../../schema/finding.js';
import type { RunSql } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';

interface LiveReference {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly references: string;
}

const REFERENCES = `
select n.nspname::text as schema, c.relname::text as table, k.conname::text as name, k.confrelid::regclass::text as references
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and k.conparentid = 0 and n.nspname || '.' || c.relname = any($1)
  and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
order by 1, 2, 3`;

/** References by which the database changes rows that the application is to account for. */
export async function referenceFindings(
  run: RunSql,
  plans: readonly AuditPlan[],
): Promise<Finding[]> {
  const tables = plans
    .filter((plan) => plan.capture === 'orm')
    .map(({ schema, table }) => `${schema}.${table}`);
  if (tables.length === 0) return [];
  const found = await run<LiveReference>(REFERENCES, [tables]);
  return found.map(({ schema, table, name, references }) => ({
    rule: 'audit-unseen-change',
    severity: 'error',
    subject: `${schema}.${table}`,
    problem: `the application writes its audit log, and ${name} changes its rows with those of ${references} without a statement of its own`,
    mend: [],
    advice:
      "Make the reference ON DELETE NO ACTION ON UPDATE NO ACTION, or audit the entity with @Audited({ capture: 'trigger' })",
  }));
}
