import type { Constraint } from 'libpg-query';
import { shown, tableName } from '../../reading/names.js';
import type { LintContext } from '../../lint-context.js';
import type { TableChange } from '../../reading/table-change.js';
import { nodesOf } from '../../reading/sql-nodes.js';
import { type Rule, changeRule, rule } from '../../rule.js';

const ADDS = ['AT_AddConstraint', 'AT_AddColumn'];

export const CONSTRAINTS: readonly Rule[] = [
  changeRule(
    ADDS,
    {
      id: 'B05',
      severity: 'blocks',
      title: 'FOREIGN KEY without NOT VALID',
      why: 'Nobody can write to either table until every row has been checked.',
      mend: 'Add it with NOT VALID, and VALIDATE CONSTRAINT in the next migration',
      good: 'ALTER TABLE "orders" ADD CONSTRAINT "fk_orders_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") NOT VALID',
    },
    function* (change, context) {
      for (const one of added(change, 'CONSTR_FOREIGN')) {
        if (one.skip_validation || context.isQuiet(change.table)) continue;
        const other = shown(tableName(one.pktable, context.schema));
        // A column that is new and has no default holds NULL only, but the lock is taken all the same.
        yield {
          problem: `${shown(change.table)} and ${other} take no writes until all rows are checked`,
          at: one.location,
        };
      }
    },
  ),
  changeRule(
    ADDS,
    {
      id: 'B06',
      severity: 'blocks',
      title: 'CHECK without NOT VALID',
      why: 'Nobody can read or write the table until every row has been checked.',
      mend: 'Add it with NOT VALID, and VALIDATE CONSTRAINT in the next migration',
      good: 'ALTER TABLE "orders" ADD CONSTRAINT "ck_orders_total" CHECK ("total" >= 0) NOT VALID',
    },
    function* (change, context) {
      for (const one of added(change, 'CONSTR_CHECK')) {
        if (one.skip_validation || one.is_enforced !== true || context.isQuiet(change.table))
          continue;
        yield {
          problem: `every row of ${shown(change.table)} is checked under a lock`,
          at: one.location,
        };
      }
    },
  ),
  changeRule(
    'AT_ValidateConstraint',
    {
      id: 'B07',
      severity: 'blocks',
      title: 'NOT VALID and VALIDATE in one transaction',
      why: 'The lock of the first is held while the second reads every row, as if NOT VALID were not there.',
      mend: 'Validate in a migration of its own',
      good: 'ALTER TABLE "orders" VALIDATE CONSTRAINT "ck_orders_total"',
    },
    function* ({ table, name }, { memo }) {
      if (!memo.inTransaction || !memo.notValid.has(`${table}/${name}`)) return;
      yield `${name} is added and validated in one transaction`;
    },
  ),
  changeRule(
    ADDS,
    {
      id: 'B09',
      severity: 'blocks',
      title: 'UNIQUE without USING INDEX',
      why: 'Nobody can read or write the table while its index is built.',
      mend: 'Build the index with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... UNIQUE USING INDEX',
      good: 'ALTER TABLE "users" ADD CONSTRAINT "uq_users_email" UNIQUE USING INDEX "uq_users_email"',
    },
    (change, context) => indexesBuilt(added(change, 'CONSTR_UNIQUE'), change, context),
  ),
  changeRule(
    ADDS,
    {
      id: 'B10',
      severity: 'blocks',
      title: 'PRIMARY KEY without USING INDEX',
      why: 'Nobody can read or write the table while its index is built and NULLs are looked for.',
      mend: 'Make the columns NOT NULL and the index CONCURRENTLY first, then ADD PRIMARY KEY USING INDEX',
      good: 'ALTER TABLE "orders" ADD CONSTRAINT "pk_orders" PRIMARY KEY USING INDEX "pk_orders"',
    },
    (change, context) => indexesBuilt(added(change, 'CONSTR_PRIMARY'), change, context),
  ),
  changeRule(
    'AT_AddConstraint',
    {
      id: 'B11',
      severity: 'blocks',
      title: 'EXCLUDE constraint',
      why: 'Nobody can read or write the table while its index is built, and there is no NOT VALID for it.',
      mend: 'Have it from the start on a new table and move the rows, or guard with a trigger',
    },
    function* (change, context) {
      if (added(change, 'CONSTR_EXCLUSION').length === 0 || context.isQuiet(change.table)) return;
      yield `${shown(change.table)} is locked while the index is built`;
    },
  ),
  rule(
    'AlterDomainStmt',
    {
      id: 'B22',
      severity: 'blocks',
      title: 'A constraint added to a domain',
      why: 'Every table with a column of that domain is read under a lock.',
      mend: 'Put a CHECK with NOT VALID on the tables, or add it to the domain with NOT VALID',
      good: 'ALTER DOMAIN "percent" ADD CONSTRAINT "ck_percent" CHECK (VALUE <= 100) NOT VALID',
    },
    function* ({ subtype, def }) {
      const { Constraint: one } = (def ?? {}) as { Constraint?: Constraint };
      if (subtype === 'O') yield 'every column of the domain is searched for NULL under a lock';
      else if (subtype === 'C' && !one?.skip_validation) {
        yield 'every column of the domain is checked under a lock';
      }
    },
  ),
  rule(
    'CreateDomainStmt',
    {
      id: 'S15',
      severity: 'style',
      title: 'A domain with a constraint',
      why: 'It cannot be changed later without a check of every table that uses it.',
      mend: 'Put the CHECK on the table',
    },
    function* ({ constraints }) {
      const guards = nodesOf(constraints, 'Constraint');
      if (guards.some(({ contype }) => /CHECK|NOTNULL/.test(contype ?? ''))) {
        yield 'the constraint belongs to every table that will use the domain';
      }
    },
  ),
];

/** Both as ADD CONSTRAINT and behind a column that is added. */
export function added(change: TableChange, kind: string): readonly Constraint[] {
  const all = change.constraint ? [change.constraint] : (change.column?.constraints ?? []);
  return all.filter(({ contype }) => contype === kind);
}

function* indexesBuilt(
  constraints: readonly Constraint[],
  { table }: TableChange,
  context: LintContext,
) {
  for (const { indexname, location } of constraints) {
    if (indexname || context.isQuiet(table)) continue;
    yield { problem: `${shown(table)} is locked while the index is built`, at: location };
  }
}
