import type { Constraint } from 'libpg-query';
import type { LintContext } from '../lint-context.js';
import { type QualifiedName, shown, tableName } from '../reading/names.js';
import { nodesOf, wordsOf } from '../reading/sql-nodes.js';
import { keysOf, newTableOf } from '../reading/table-change.js';
import { typeText } from '../reading/type-shape.js';
import { ANY_KIND, type Rule, type Verdict, changeRule, rule } from '../rule.js';
import { readSql } from '../../../sql/sql-text.js';
import { added } from './locks/constraints.js';

const LONGEST_NAME = 63;
/** Twenty characters may be more than 63 bytes. */
const LONG_WORD = /[^\s'(),.]{16}/;
const NAMES = /"((?:[^"]|"")+)"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** What the rows that are there, or the text itself, may make fail. */
export const DATA: readonly Rule[] = [
  changeRule(
    'AT_SetNotNull',
    {
      id: 'B08',
      severity: 'blocks',
      title: 'SET NOT NULL without a validated CHECK',
      why: 'Nobody can read or write the table until every row has been looked at.',
      mend: 'Add CHECK (... IS NOT NULL) NOT VALID, VALIDATE it in the next migration, then SET NOT NULL and drop the check',
      good: 'ALTER TABLE "orders" ADD CONSTRAINT "ck_orders_user" CHECK ("user_id" IS NOT NULL) NOT VALID',
    },
    function* ({ table, name }, context) {
      if (context.isQuiet(table) || isProven(table, name, context)) return;
      yield `every row of ${shown(table)} is searched for NULL in ${name} under a lock`;
    },
  ),
  {
    id: 'F01',
    severity: 'fails',
    title: 'UNIQUE, NOT NULL or CHECK over rows that may not agree',
    why: 'It fails on the first row that does not fit; CONCURRENTLY then leaves an INVALID index.',
    mend: 'Ask first whether such rows exist, and mend them in batches',
    on: ['IndexStmt', 'AlterTableStmt'],
    judge: judgeRows,
  },
  rule(
    ['CreateStmt', 'AlterTableStmt'],
    {
      id: 'F02',
      severity: 'fails',
      title: 'A column of type json',
      why: 'It has no equality, so that DISTINCT, GROUP BY and UNION over it fail.',
      mend: 'Use jsonb',
      good: 'ALTER TABLE "orders" ADD COLUMN "notes" jsonb',
    },
    function* (_, context, statement) {
      const made = newTableOf(statement, context.schema)?.columns ?? [];
      const more = context.changes.flatMap(({ column, name }) =>
        column ? [{ ...column, name }] : [],
      );
      for (const { name, type, location } of [...made, ...more]) {
        if (type.name === 'json') yield { problem: `the column ${name} is json`, at: location };
      }
    },
  ),
  {
    id: 'F03',
    severity: 'fails',
    title: 'A foreign key whose column has another type than its target',
    why: 'Each check converts, an index may not be used, and values of the wider type cannot be stored.',
    mend: 'Give both columns the same type',
    on: ['CreateStmt', 'AlterTableStmt'],
    judge: judgeReferences,
  },
  {
    id: 'F04',
    severity: 'fails',
    title: 'A name of more than 63 bytes',
    why: 'PostgreSQL cuts it without a word, and two names that differ at their end become one.',
    mend: 'Choose a shorter name',
    on: [ANY_KIND],
    *judge({ sql }) {
      if (!LONG_WORD.test(sql)) return;
      for (const [word, quoted] of readSql(sql).withoutLiterals.matchAll(NAMES)) {
        const name = quoted ?? word;
        if (Buffer.byteLength(name) > LONGEST_NAME) yield `the name ${name} is cut after 63 bytes`;
      }
    },
  },
];

function* judgeRows(
  { kind, node }: { kind: string; node: object },
  context: LintContext,
): Iterable<Verdict> {
  if (kind === 'IndexStmt') {
    const { unique, relation, indexParams } = node as {
      unique?: boolean;
      relation?: Parameters<typeof tableName>[0];
      indexParams?: Parameters<typeof nodesOf>[0];
    };
    const table = tableName(relation, context.schema);
    const columns = nodesOf(indexParams, 'IndexElem').flatMap(({ name }) => name ?? []);
    if (unique && !context.isNew(table)) yield duplicates(table, columns);
    return;
  }
  for (const change of context.changes) {
    const { table, name, action, constraint } = change;
    if (context.isNew(table)) continue;
    if (action === 'AT_SetNotNull' && !isProven(table, name, context)) {
      yield ask(
        `a row with NULL in ${name}`,
        `SELECT 1 FROM ${shown(table)} WHERE "${name}" IS NULL`,
      );
    }
    if (action !== 'AT_AddConstraint' || !constraint || constraint.skip_validation) continue;
    if (isUnique(constraint) && !constraint.indexname) yield duplicates(table, keysOf(constraint));
    if (constraint.contype === 'CONSTR_CHECK') {
      yield ask(
        `a row that does not pass ${constraint.conname ?? 'the check'}`,
        `SELECT 1 FROM ${shown(table)} WHERE NOT (...)`,
      );
    }
  }
}

function isUnique({ contype }: Constraint): boolean {
  return contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY';
}

function duplicates(table: QualifiedName, columns: readonly string[]): Verdict {
  const list = columns.map((one) => `"${one}"`).join(', ') || '...';
  return ask(
    'two rows with the same values',
    `SELECT ${list} FROM ${shown(table)} GROUP BY ${list} HAVING count(*) > 1`,
  );
}

function ask(what: string, query: string): Verdict {
  return {
    problem: `${what} makes it fail`,
    mend: `Ask first whether there is one, and mend it in batches: ${query} LIMIT 1`,
  };
}

function isProven(table: QualifiedName, column: string, { facts, order }: LintContext): boolean {
  return facts.constraints.provesNotNull(table, column, order);
}

function* judgeReferences(
  statement: Parameters<Rule['judge']>[0],
  context: LintContext,
): Iterable<Verdict> {
  const made = newTableOf(statement, context.schema);
  const all = [
    ...(made?.constraints ?? []).map((constraint) => ({ table: made?.table ?? '', constraint })),
    ...context.changes.flatMap((change) =>
      added(change, 'CONSTR_FOREIGN').map((constraint) => ({
        table: change.table,
        constraint: change.column
          ? { ...constraint, fk_attrs: [{ String: { sval: change.name } }] }
          : constraint,
      })),
    ),
  ];
  for (const { table, constraint } of all) {
    if (constraint.contype !== 'CONSTR_FOREIGN') continue;
    const target = tableName(constraint.pktable, context.schema);
    for (const [at, column] of keysOf(constraint).entries()) {
      const other = wordsOf(constraint.pk_attrs)[at];
      const from = typeNow(context, table, column);
      const to = other === undefined ? undefined : typeNow(context, target, other);
      if (!from || !to || from === to) continue;
      yield {
        problem: `${column} is ${from}, and ${other} of ${shown(target)} is ${to}`,
        at: constraint.location,
      };
    }
  }
}

/** After this statement; a length does not matter, and serial is an integer. */
function typeNow(context: LintContext, table: QualifiedName, column: string): string | undefined {
  const key = `${table}.${column}`;
  const type =
    context.facts.columnTypes.before(key, context.order + 1) ?? context.typeBefore(table, column);
  if (!type) return undefined;
  const plain = typeText({ ...type, modifiers: [] });
  return { serial: 'int4', bigserial: 'int8', smallserial: 'int2' }[plain] ?? plain;
}
