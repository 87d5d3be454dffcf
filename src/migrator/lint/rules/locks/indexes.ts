import type { ReindexStmt, VacuumStmt } from 'libpg-query';
import type { LintContext } from '../../lint-context.js';
import { objectWords, shown, tableName, wordsName } from '../../reading/names.js';
import type { ParsedStatement } from '../../parsed-statement.js';
import { isKind, nodesOf } from '../../reading/sql-nodes.js';
import { type Rule, type Verdict, rule } from '../../rule.js';

const NO_TRANSACTION = 'Set `transaction = false` on the migration, and have it do nothing else';

export const INDEXES: readonly Rule[] = [
  rule(
    'IndexStmt',
    {
      id: 'B01',
      severity: 'blocks',
      title: 'CREATE INDEX without CONCURRENTLY',
      why: 'Nobody can write to the table until the index is built.',
      mend: `Use CREATE INDEX CONCURRENTLY. ${NO_TRANSACTION}`,
      good: 'CREATE INDEX CONCURRENTLY "ix_orders_at" ON "orders" ("at")',
    },
    function* ({ relation, concurrent }, context) {
      const table = tableName(relation, context.schema);
      if (concurrent || context.isQuiet(table)) return;
      yield `nobody can write to ${shown(table)} while the index is built`;
    },
  ),
  rule(
    'DropStmt',
    {
      id: 'B02',
      severity: 'blocks',
      title: 'DROP INDEX without CONCURRENTLY',
      why: 'It waits for every query on the table, and all later ones wait behind it.',
      mend: `Use DROP INDEX CONCURRENTLY. ${NO_TRANSACTION}`,
      good: 'DROP INDEX CONCURRENTLY "ix_orders_at"',
    },
    function* ({ removeType, concurrent, objects = [] }, context) {
      if (removeType !== 'OBJECT_INDEX' || concurrent) return;
      for (const name of objects.map((one) => wordsName(objectWords(one), context.schema))) {
        const index = context.facts.indexes.before(name, context.order);
        if (index && context.isQuiet(index.table)) continue;
        yield `dropping ${shown(name)} shuts out readers and writers of its table`;
      }
    },
  ),
  rule(
    'ReindexStmt',
    {
      id: 'B03',
      severity: 'blocks',
      title: 'REINDEX without CONCURRENTLY',
      why: 'Nobody can write to the table, nor use the index, until it is built.',
      mend: `Use REINDEX ... CONCURRENTLY. ${NO_TRANSACTION}`,
      good: 'REINDEX INDEX CONCURRENTLY "ix_orders_at"',
    },
    function* (node, context) {
      if (isConcurrent(node)) return;
      if (node.relation && context.isQuiet(tableName(node.relation, context.schema))) return;
      yield 'nobody can write while the index is built again';
    },
  ),
  {
    id: 'B04',
    severity: 'fails',
    title: 'CONCURRENTLY, VACUUM, CREATE DATABASE and the like inside of a transaction',
    why: 'PostgreSQL refuses them there (SQLSTATE 25001), on the way up and on the way down.',
    mend: `${NO_TRANSACTION}: one statement for each query()`,
    good: 'transaction = false; // then: CREATE INDEX CONCURRENTLY ...',
    on: [
      'IndexStmt',
      'DropStmt',
      'ReindexStmt',
      'VacuumStmt',
      'CreatedbStmt',
      'DropdbStmt',
      'AlterTableStmt',
      'ClusterStmt',
    ],
    judge: judgeTransaction,
  },
  rule(
    ['IndexStmt', 'DropStmt', 'ReindexStmt'],
    {
      id: 'B19',
      severity: 'fails',
      title: 'A lock_timeout around CONCURRENTLY',
      why: 'It waits for every older transaction, and that wait counts: it fails and leaves an INVALID index.',
      mend: 'Leave lock_timeout to the runner, which switches it off for CONCURRENTLY',
      good: "SET lock_timeout = '0'",
    },
    function* (_, { memo, statement }) {
      if (memo.lockTimeout !== 'some' || !isConcurrently(statement)) return;
      yield 'the lock_timeout that was set before makes it fail behind any long transaction';
    },
  ),
  rule(
    'DropStmt',
    {
      id: 'B23',
      severity: 'blocks',
      title: 'An index dropped before its replacement is there',
      why: 'Until the new one is built, every query that needs it reads the whole table.',
      mend: 'Create the new index under another name first, then drop the old one',
    },
    function* ({ removeType, objects = [], missing_ok: mayBeGone, concurrent }, context) {
      // Together they clear away what an earlier try may have left INVALID.
      if (removeType !== 'OBJECT_INDEX' || (mayBeGone && concurrent)) return;
      for (const name of objects.map((one) => wordsName(objectWords(one), context.schema))) {
        const [before, after] = [
          context.facts.indexes.before(name, context.order),
          context.facts.indexes.from(name, context.order),
        ];
        if (!after || context.isQuiet(after.table) || before === after) continue;
        yield `${shown(name)} is dropped before it is created again`;
      }
    },
  ),
  rule(
    'IndexStmt',
    {
      id: 'F05',
      severity: 'fails',
      title: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS',
      why: 'A build that failed leaves an INVALID index of this name, and IF NOT EXISTS takes it for done.',
      mend: 'Leave IF NOT EXISTS out, and drop an INVALID index of that name first, as the runner does',
      good: 'DROP INDEX CONCURRENTLY IF EXISTS "ix_orders_at"',
    },
    function* ({ concurrent, if_not_exists: mayBeThere, idxname = '' }, context) {
      if (!concurrent || !mayBeThere) return;
      const { facts, order, schema } = context;
      if (facts.droppedIndexes.before(`${schema}.${idxname}`, order)) return;
      yield `an INVALID index ${idxname} that an earlier try left would stay`;
    },
  ),
];

function isConcurrent({ params }: ReindexStmt): boolean {
  return nodesOf(params, 'DefElem').some(({ defname }) => defname === 'concurrently');
}

function isConcurrently(statement: ParsedStatement): boolean {
  if (isKind(statement, 'IndexStmt')) return statement.node.concurrent === true;
  if (isKind(statement, 'DropStmt')) return statement.node.concurrent === true;
  return isKind(statement, 'ReindexStmt') && isConcurrent(statement.node);
}

function* judgeTransaction(statement: ParsedStatement, context: LintContext): Iterable<Verdict> {
  const what = needsNoTransaction(statement, context);
  if (!what) return;
  if (statement.place === 'block') yield `${what} cannot run inside of DO`;
  else if (context.memo.inTransaction) yield `${what} cannot run inside of a transaction`;
  else if (context.statements > 1 && context.options.sent !== 'apart') {
    yield `${what} cannot run beside other statements of one query()`;
  }
}

function needsNoTransaction(statement: ParsedStatement, context: LintContext): string | undefined {
  if (isConcurrently(statement)) return 'CONCURRENTLY';
  const { kind, node } = statement;
  if (kind === 'VacuumStmt') return (node as VacuumStmt).is_vacuumcmd ? 'VACUUM' : undefined;
  if (kind === 'CreatedbStmt') return 'CREATE DATABASE';
  if (kind === 'DropdbStmt') return 'DROP DATABASE';
  if (isKind(statement, 'ReindexStmt')) {
    const isWide = /_(?:SCHEMA|SYSTEM|DATABASE)$/.test(statement.node.kind ?? '');
    return isWide ? 'REINDEX of a schema or database' : undefined;
  }
  if (isKind(statement, 'ClusterStmt')) {
    return statement.node.relation ? undefined : 'CLUSTER of all tables';
  }
  const detaches = context.changes.some(({ command }) => {
    const definition = command.def as { PartitionCmd?: { concurrent?: boolean } } | undefined;
    return definition?.PartitionCmd?.concurrent === true;
  });
  return detaches ? 'DETACH PARTITION CONCURRENTLY' : undefined;
}
