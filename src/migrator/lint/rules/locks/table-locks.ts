import type { SelectStmt } from 'libpg-query';
import type { LintContext } from '../../lint-context.js';
import { exclusivelyLocked } from '../../knowledge/locks.js';
import { isZero } from '../../knowledge/migration-memo.js';
import type { ParsedStatement } from '../../parsed-statement.js';
import { type QualifiedName, shown, tableName, tablesOf } from '../../reading/names.js';
import { isKind, nodesOf } from '../../reading/sql-nodes.js';
import { type Rule, type Verdict, rule } from '../../rule.js';

const MANY = 3;
const ACCESS_SHARE = 1;
const TIMEOUTS = /^(?:lock|statement|transaction)_timeout$/;

export const TABLE_LOCKS: readonly Rule[] = [
  rule(
    ['VacuumStmt', 'ClusterStmt'],
    {
      id: 'B16',
      severity: 'blocks',
      title: 'VACUUM FULL or CLUSTER',
      why: 'The table is written anew, and nobody can read it meanwhile.',
      mend: 'Use pg_repack, or a plain VACUUM outside of migrations',
      good: 'VACUUM (ANALYZE) "orders"',
    },
    function* (_, __, statement) {
      if (isKind(statement, 'ClusterStmt')) yield 'CLUSTER shuts out readers until it is done';
      else if (isKind(statement, 'VacuumStmt')) {
        const options = nodesOf(statement.node.options, 'DefElem');
        if (options.some(({ defname }) => defname === 'full')) {
          yield 'VACUUM FULL shuts out readers until it is done';
        }
      }
    },
  ),
  {
    id: 'B17',
    severity: 'blocks',
    title:
      'REFRESH MATERIALIZED VIEW without CONCURRENTLY, LOCK TABLE, SET TABLESPACE, LOGGED or ACCESS METHOD, ATTACH PARTITION without a CHECK',
    why: 'All of them hold a strong lock for as long as the work takes.',
    mend: 'Use the CONCURRENTLY form; give a partition a validated CHECK of its bounds before it is attached',
    good: 'REFRESH MATERIALIZED VIEW CONCURRENTLY "order_totals"',
    on: ['RefreshMatViewStmt', 'LockStmt', 'AlterTableStmt', 'AlterTableMoveAllStmt'],
    judge: judgeStrongLocks,
  },
  rule(
    'VariableSetStmt',
    {
      id: 'B18',
      severity: 'blocks',
      title: 'No lock_timeout or statement_timeout',
      why: 'A migration that waits for a lock makes everybody wait behind it, without an end.',
      mend: 'Leave the timeouts that the runner sets alone, or SET LOCAL lock_timeout to some seconds',
      good: "SET LOCAL lock_timeout = '2s'",
    },
    function* ({ kind, name = '', args }, { migration, memo }) {
      if (!TIMEOUTS.test(name) || (!migration.transaction && !memo.inTransaction)) return;
      const isOff = kind !== 'VAR_SET_VALUE' || isZero(nodesOf(args, 'A_Const')[0]);
      if (isOff) yield `${name} is switched off, and what waits for a lock waits without an end`;
    },
  ),
  {
    id: 'B20',
    severity: 'blocks',
    title: 'More work, or a lock on a second table, while a table is locked against readers',
    why: 'The first lock is held until all is done, and two locks are how deadlocks begin.',
    mend: 'Put each table into a migration of its own',
    on: ['AlterTableStmt', 'DropStmt', 'TruncateStmt', 'RenameStmt', 'IndexStmt', 'ClusterStmt'],
    judge: judgeSecondLock,
  },
  rule(
    ['UpdateStmt', 'DeleteStmt', 'InsertStmt', 'MergeStmt'],
    {
      id: 'B21',
      severity: 'blocks',
      title: 'Rows changed in bulk while a table is locked, or in one go',
      why: 'The locks of the DDL are held as long as the rows take, and so are those of the rows.',
      mend: 'Fill old rows in batches, outside of the transaction of the migration',
      good: 'UPDATE "orders" SET "currency" = \'EUR\' WHERE "id" IN (SELECT "id" FROM "orders" WHERE "currency" IS NULL LIMIT 1000)',
    },
    function* ({ relation }, context, statement) {
      const table = tableName(relation, context.schema);
      if (context.isQuiet(table) || insertsValues(statement)) return;
      const [locked] = context.memo.inTransaction ? context.memo.locked : [];
      if (locked !== undefined) {
        yield `rows of ${shown(table)} are changed while ${shown(locked)} is locked against readers`;
      } else if (isBackfill(statement)) yield `all rows of ${shown(table)} are filled in one go`;
    },
  ),
  rule(
    'AlterTableStmt',
    {
      id: 'B24',
      severity: 'style',
      title: 'Many ALTER TABLE of one table',
      why: 'Each is a lock, and a pass over the table where it has to look at rows.',
      mend: 'Write them as one ALTER TABLE with several clauses',
    },
    function* (_, context) {
      const [first] = context.changes;
      if (!first || context.isQuiet(first.table)) return;
      if ((context.memo.alters.get(first.table) ?? 0) !== MANY - 1) return;
      yield `${shown(first.table)} is altered ${MANY} times or more by one migration`;
    },
  ),
];

function* judgeStrongLocks(statement: ParsedStatement, context: LintContext): Iterable<Verdict> {
  if (isKind(statement, 'RefreshMatViewStmt')) {
    const { concurrent, skipData, relation } = statement.node;
    const view = tableName(relation, context.schema);
    if (!concurrent && !skipData && !context.isQuiet(view)) {
      yield `nobody can read ${shown(view)} while it is filled`;
    }
  } else if (isKind(statement, 'LockStmt')) {
    const tables = tablesOf(statement.node.relations, context.schema);
    const busy = tables.filter((one) => !context.isQuiet(one));
    if (busy.length > 0 && statement.node.mode !== ACCESS_SHARE) {
      yield `${busy.map(shown).join(', ')} is locked until the transaction ends`;
    }
  } else if (isKind(statement, 'AlterTableMoveAllStmt')) yield 'all tables are moved under a lock';
  for (const { table, action, command } of context.changes) {
    if (context.isQuiet(table)) continue;
    if (/^AT_Set(?:TableSpace|Logged|UnLogged|AccessMethod)$/.test(action)) {
      yield `${shown(table)} is copied, and nobody can read it meanwhile`;
    } else if (action === 'AT_AttachPartition') {
      const { PartitionCmd: partition } = (command.def ?? {}) as {
        PartitionCmd?: { name?: Parameters<typeof tableName>[0] };
      };
      const name = tableName(partition?.name, context.schema);
      const hasCheck = context.facts.constraints
        .ofTable(name)
        .some(
          ({ kind, validated = Infinity }) => kind === 'CONSTR_CHECK' && validated < context.order,
        );
      if (!hasCheck && !context.isQuiet(name))
        yield `every row of ${shown(name)} is checked under a lock`;
    }
  }
}

function* judgeSecondLock(statement: ParsedStatement, context: LintContext): Iterable<Verdict> {
  const { memo, schema } = context;
  const [held] = memo.locked;
  if (!memo.inTransaction || held === undefined) return;
  if (isKind(statement, 'IndexStmt')) {
    const table = tableName(statement.node.relation, schema);
    if (!context.isQuiet(table)) {
      yield `an index is built while ${shown(held)} is locked against readers`;
    }
    return;
  }
  for (const { table, action } of context.changes) {
    if (action === 'AT_ValidateConstraint' && memo.locked.has(table)) {
      yield `rows are checked while ${shown(held)} is locked against readers`;
    }
  }
  const locks: readonly QualifiedName[] = exclusivelyLocked(statement, schema);
  const second = locks.find((table) => !memo.locked.has(table) && !context.isQuiet(table));
  if (second) yield `${shown(second)} is locked while ${shown(held)} still is`;
}

function insertsValues(statement: ParsedStatement): boolean {
  if (!isKind(statement, 'InsertStmt')) return false;
  const { SelectStmt: select } = (statement.node.selectStmt ?? {}) as { SelectStmt?: SelectStmt };
  return !select?.fromClause;
}

/** `WHERE new_column IS NULL` and nothing else: that is every row there is. */
function isBackfill(statement: ParsedStatement): boolean {
  const where = isKind(statement, 'UpdateStmt') ? statement.node.whereClause : undefined;
  return where !== undefined && 'NullTest' in where;
}
