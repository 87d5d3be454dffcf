import type { CreateStmt, Node } from 'libpg-query';
import type { LintContext } from '../lint-context.js';
import { type QualifiedName, shown, tableName } from '../reading/names.js';
import { findAll, nodesOf, wordsOf } from '../reading/sql-nodes.js';
import { type NewTable, keysOf, newTableOf } from '../reading/table-change.js';
import { type Rule, type RuleFacts, rule } from '../rule.js';

const TENANT = 'tenant_id';
const DELETED = 'deleted_at';

export const TENANCY: readonly Rule[] = [
  tableRule(
    {
      id: 'N01',
      severity: 'breaks',
      title: 'A table of tenants without their column',
      why: 'Nothing can keep the rows of one tenant from another.',
      mend: 'Add tenant_id uuid NOT NULL, as the first column of the key',
    },
    (made, context) => !hasColumn(made, columnOf(context)) && `it has no ${columnOf(context)}`,
  ),
  securedRule(
    {
      id: 'N04',
      severity: 'breaks',
      title: 'A table of tenants without row security',
      why: 'Whoever may read the table reads the rows of all tenants.',
      mend: 'ALTER TABLE ... ENABLE ROW LEVEL SECURITY in the migration that creates it',
    },
    ({ table }, { facts }) =>
      !facts.secured.has(`${table}/AT_EnableRowSecurity`) && 'its row security is not enabled',
  ),
  securedRule(
    {
      id: 'N05',
      severity: 'breaks',
      title: 'Row security that does not hold for the owner',
      why: 'Who owns the table, often the application itself, is past its policies.',
      mend: 'ALTER TABLE ... FORCE ROW LEVEL SECURITY',
    },
    ({ table }, { facts }) =>
      !facts.secured.has(`${table}/AT_ForceRowSecurity`) && 'its owner is past row security',
  ),
  securedRule(
    {
      id: 'N06',
      severity: 'breaks',
      title: 'A table of tenants without a policy',
      why: 'With row security nobody sees a row; without it everybody sees all.',
      mend: 'CREATE POLICY that compares the tenant column with the tenant in hand',
    },
    ({ table }, { facts }) => !facts.policies.has(table) && 'it has no policy',
  ),
  tableRule(
    {
      id: 'N07',
      severity: 'style',
      title: 'A table of tenants without an index that begins with their column',
      why: 'Each query of a tenant reads the rows of all.',
      mend: 'Let the primary key or an index begin with the tenant column',
    },
    ({ table }, context) =>
      !context.facts.hasLeadingIndex(table, columnOf(context)) &&
      `no index of it begins with ${columnOf(context)}`,
  ),
  rule(
    ['IndexStmt', 'CreateStmt'],
    {
      id: 'N08',
      severity: 'style',
      title: 'A unique key on rows that are deleted softly, without WHERE deleted_at IS NULL',
      why: 'A deleted row keeps its name or address taken.',
      mend: 'Use a unique index with WHERE "deleted_at" IS NULL',
      good: 'CREATE UNIQUE INDEX "uq_users_email" ON "users" ("tenant_id", "email") WHERE "deleted_at" IS NULL',
    },
    function* (node, context, statement) {
      const { facts, order, schema } = context;
      const table = tableName(node.relation, schema);
      if (!facts.columnTypes.before(`${table}.${DELETED}`, order + 1)) return;
      if (statement.kind === 'CreateStmt') {
        const made = newTableOf(statement, schema);
        const key = primaryKey(made);
        const unique = made?.constraints.find(
          (one) => one.contype === 'CONSTR_UNIQUE' && !holdsAll(keysOf(one), key),
        );
        if (unique) yield `${keysOf(unique).join(', ')} of a deleted row stay taken`;
        return;
      }
      const { unique, whereClause, indexParams } = node as {
        unique?: boolean;
        whereClause?: Node;
        indexParams?: Node[];
      };
      if (!unique || mentions(whereClause, DELETED)) return;
      const columns = nodesOf(indexParams, 'IndexElem').flatMap(({ name }) => name ?? []);
      yield `${columns.join(', ')} of a deleted row stay taken`;
    },
  ),
  rule(
    ['CreatePolicyStmt', 'AlterPolicyStmt'],
    {
      id: 'N09',
      severity: 'style',
      title: 'A policy that asks current_setting() for every row',
      why: 'As (SELECT current_setting(...)) it is asked once for the whole query.',
      mend: 'Write (SELECT current_setting(...)), or a function that is STABLE, within a sub-select',
      good: "CREATE POLICY p ON t USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))",
    },
    function* ({ qual, with_check: check }) {
      const bare = [qual, check].some((one) => one !== undefined && asksEachRow(one));
      if (bare) yield 'current_setting() is asked for every row';
    },
  ),
];

function columnOf({ options }: LintContext): string {
  return options.tenancy?.column ?? TENANT;
}

function hasColumn({ columns }: NewTable, name: string): boolean {
  return columns.some((column) => column.name === name);
}

type ProblemOf = (made: NewTable, context: LintContext) => string | false;

/** Looks at new tables that hold data of tenants. */
function tableRule(facts: RuleFacts, problemOf: ProblemOf): Rule {
  return rule('CreateStmt', facts, function* (node, context, statement) {
    const made = newTableOf(statement, context.schema);
    if (!made || !isOwnTable(node) || !isTenantTable(made, context)) return;
    const problem = problemOf(made, context);
    if (problem) yield `${shown(made.table)}: ${problem}`;
  });
}

/** The same where the migrations alone have to build the walls. */
function securedRule(facts: RuleFacts, problemOf: ProblemOf): Rule {
  return tableRule(facts, (made, context) =>
    context.options.tenancy?.secured === false ? problemOf(made, context) : false,
  );
}

/** A partition has what its parent has, and a temporary table has no other readers. */
function isOwnTable({ partbound, relation }: CreateStmt): boolean {
  return !partbound && relation?.relpersistence !== 't';
}

function isTenantTable(made: NewTable, context: LintContext): boolean {
  const decides = context.options.tenancy?.isTenantTable;
  return decides ? decides(shown(made.table)) : hasColumn(made, columnOf(context));
}

function primaryKey(made: NewTable | undefined): readonly string[] {
  const key = made?.constraints.find(({ contype }) => contype === 'CONSTR_PRIMARY');
  return key ? keysOf(key) : [];
}

/** A key that holds the primary key is taken by that one row whatever happens to it. */
function holdsAll(columns: readonly string[], key: readonly string[]): boolean {
  return key.length > 0 && key.every((one) => columns.includes(one));
}

function mentions(tree: Node | undefined, column: QualifiedName): boolean {
  return [...findAll(tree, (key) => key === 'ColumnRef')].some(
    ({ node }) => wordsOf(node['fields'] as Node[]).at(-1) === column,
  );
}

function asksEachRow(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.entries(tree).some(([key, value]) => {
    if (key === 'SubLink') return false;
    const called = key === 'FuncCall' ? wordsOf((value as { funcname?: Node[] }).funcname) : [];
    return called.at(-1) === 'current_setting' || asksEachRow(value);
  });
}
