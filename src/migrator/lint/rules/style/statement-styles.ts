import type { LintContext } from '../../lint-context.js';
import type { ParsedStatement } from '../../parsed-statement.js';
import { shown } from '../../reading/names.js';
import { isKind, nodesOf } from '../../reading/sql-nodes.js';
import { newTableOf } from '../../reading/table-change.js';
import { type Rule, type Verdict, rule } from '../../rule.js';

const MOST_COLUMNS = 3;

export const STATEMENT_STYLES: readonly Rule[] = [
  rule(
    ['CreateStmt', 'ViewStmt', 'CreateTableAsStmt'],
    {
      id: 'S06',
      severity: 'style',
      title: 'A new table or view without its schema',
      why: 'Where it comes to be depends on the search_path of whoever runs the migration.',
      mend: 'Write the schema before the name',
    },
    function* (node) {
      const relation = 'view' in node ? node.view : 'into' in node ? node.into?.rel : undefined;
      const made = relation ?? ('relation' in node ? node.relation : undefined);
      if (!made || made.schemaname || made.relpersistence === 't') return;
      yield `the search_path decides where ${made.relname} is created`;
    },
  ),
  rule(
    ['IndexStmt', 'CreateStmt', 'DropStmt'],
    {
      id: 'S07',
      severity: 'style',
      title: 'A migration without a transaction that cannot be run again',
      why: 'If it stops halfway, what is there already makes the next try fail.',
      mend: 'Use IF EXISTS and IF NOT EXISTS; for an index CONCURRENTLY, drop it IF EXISTS first',
      good: 'DROP INDEX CONCURRENTLY IF EXISTS "ix_orders_at"',
    },
    function* (node, { memo, facts, order, schema }, statement) {
      if (memo.inTransaction || statement.place !== 'sent') return;
      if (statement.kind === 'DropStmt') {
        if (!('missing_ok' in node) || !node.missing_ok)
          yield 'a second try fails: it is gone already';
        return;
      }
      if ('if_not_exists' in node && node.if_not_exists) return;
      const name = 'idxname' in node ? `${schema}.${node.idxname}` : undefined;
      if (name && facts.droppedIndexes.before(name, order)) return;
      yield 'a second try fails: it is there already';
    },
  ),
  rule(
    'TransactionStmt',
    {
      id: 'S08',
      severity: 'fails',
      title: 'BEGIN, COMMIT or ROLLBACK in a migration',
      why: 'The runner has a transaction of its own: COMMIT ends that, and what follows cannot be rolled back.',
      mend: 'Leave them out, or set `transaction = false`',
    },
    function* ({ kind = '' }, { migration }, { place }) {
      const isNested = /SAVEPOINT|RELEASE|ROLLBACK_TO/.test(kind);
      if (isNested || !migration.transaction || place === 'function') return;
      yield `${kind.replace('TRANS_STMT_', '')} meets the transaction of the runner`;
    },
  ),
  rule(
    'UpdateStmt',
    {
      id: 'S09',
      severity: 'fails',
      title: 'A column set twice by one UPDATE',
      why: 'PostgreSQL refuses it (SQLSTATE 42601).',
      mend: 'Set it once',
    },
    function* ({ targetList }) {
      const targets = nodesOf(targetList, 'ResTarget').filter(({ indirection }) => !indirection);
      const names = targets.map(({ name }) => name ?? '');
      const twice = names.find((name, at) => names.indexOf(name) !== at);
      if (twice !== undefined) yield `${twice} is set twice`;
    },
  ),
  rule(
    'IndexStmt',
    {
      id: 'S10',
      severity: 'style',
      title: 'A hash index',
      why: 'It serves = alone: no order, no range, no uniqueness, no second column.',
      mend: 'Use a B-tree, over an expression such as md5(...) where values are long',
    },
    function* ({ accessMethod }) {
      if (accessMethod === 'hash') yield 'it serves = alone';
    },
  ),
  rule(
    'IndexStmt',
    {
      id: 'S11',
      severity: 'style',
      title: 'An index over more than three columns, that of the tenant not counted',
      why: 'It is seldom used beyond its first columns, and each write pays for all.',
      mend: 'Index the columns that queries filter by, and INCLUDE the others',
    },
    function* ({ indexParams, unique, accessMethod }, { options }) {
      // The column of the tenant leads every index of its tables.
      const tenant = options.tenancy?.column ?? 'tenant_id';
      const columns = nodesOf(indexParams, 'IndexElem').filter(({ name }) => name !== tenant);
      if (unique || accessMethod !== 'btree' || columns.length <= MOST_COLUMNS) return;
      yield `it has ${columns.length} columns`;
    },
  ),
  rule(
    'CreateEnumStmt',
    {
      id: 'S12',
      severity: 'style',
      title: 'CREATE TYPE ... AS ENUM',
      why: 'Its values can be neither removed nor put into another order.',
      mend: 'Use text with a CHECK, or a lookup table',
    },
    function* () {
      yield 'a value of it can never be removed';
    },
  ),
  {
    id: 'S13',
    severity: 'style',
    title: 'A name that breaks the policy of the option names',
    why: 'Names that follow one pattern are found, and are told apart in messages.',
    mend: 'Choose a name that matches the pattern',
    on: ['CreateStmt', 'AlterTableStmt', 'IndexStmt'],
    judge: judgeNames,
  },
];

function* judgeNames(statement: ParsedStatement, context: LintContext): Iterable<Verdict> {
  const policy = context.options.names;
  if (!policy) return;
  for (const [what, name] of namesOf(statement, context)) {
    const pattern = policy[what];
    if (pattern && name && name.search(pattern) < 0) {
      yield `the ${what} ${name} does not match ${String(pattern)}`;
    }
  }
}

type Named = readonly [what: 'table' | 'column' | 'index' | 'constraint', name: string];

function* namesOf(statement: ParsedStatement, context: LintContext): Generator<Named> {
  const made = newTableOf(statement, context.schema);
  if (made) {
    yield ['table', shown(made.table).split('.').at(-1) ?? ''];
    for (const { name } of made.columns) yield ['column', name];
    for (const { conname } of made.constraints) yield ['constraint', conname ?? ''];
  }
  for (const { action, name, constraint } of context.changes) {
    if (action === 'AT_AddColumn') yield ['column', name];
    if (action === 'AT_AddConstraint') yield ['constraint', constraint?.conname ?? ''];
  }
  if (isKind(statement, 'IndexStmt')) yield ['index', statement.node.idxname ?? ''];
}
