import type { LintContext } from '../../lint-context.js';
import { shown } from '../../reading/names.js';
import { type ColumnShape, newTableOf } from '../../reading/table-change.js';
import type { ParsedStatement } from '../../parsed-statement.js';
import type { Rule, RuleFacts, Verdict } from '../../rule.js';
import { wastedBytes } from './padding.js';

const SMALL_NUMBERS = new Set(['int2', 'int4', 'serial', 'smallserial', 'serial2', 'serial4']);
const WASTED = 16;

export const COLUMN_STYLES: readonly Rule[] = [
  columnRule(
    {
      id: 'S01',
      severity: 'style',
      title: 'char(n)',
      why: 'It is filled with spaces, is not faster, and compares in surprising ways.',
      mend: 'Use text, with a CHECK where the length matters',
    },
    ({ type }) => type.name === 'bpchar' && 'it is filled with spaces',
  ),
  columnRule(
    {
      id: 'S02',
      severity: 'style',
      title: 'varchar(n)',
      why: 'A shorter limit later means to look at every row under a lock.',
      mend: 'Use text, with CHECK (length(...) <= n), which can be changed with NOT VALID',
    },
    ({ type }) =>
      type.name === 'varchar' && type.modifiers.length > 0 && 'its limit is part of the type',
  ),
  columnRule(
    {
      id: 'S03',
      severity: 'style',
      title: 'timestamp without time zone',
      why: 'It does not say which moment it means; sessions with another time zone read another one.',
      mend: 'Use timestamptz',
    },
    ({ type }) => type.name === 'timestamp' && 'it does not say which moment it means',
  ),
  columnRule(
    {
      id: 'S05',
      severity: 'style',
      title: 'serial',
      why: 'Its sequence has rights and an owner of its own, which are forgotten.',
      mend: 'Use GENERATED ALWAYS AS IDENTITY',
      good: 'CREATE TABLE "public"."t" ("id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)',
    },
    ({ type }) =>
      /^(?:small|big)?serial[248]?$/.test(type.name) && 'its sequence is a thing of its own',
  ),
  {
    id: 'S04',
    severity: 'style',
    title: 'A primary key of integer or smallint',
    why: 'After two billion rows, deleted ones counted, inserts fail.',
    mend: 'Use bigint or uuid',
    on: ['CreateStmt'],
    *judge(statement, context) {
      const made = newTableOf(statement, context.schema);
      const key = made?.constraints.find(({ contype }) => contype === 'CONSTR_PRIMARY');
      const names = (key?.keys ?? []).map((one) => ('String' in one ? one.String.sval : ''));
      if (names.length !== 1) return;
      const column = made?.columns.find(({ name }) => name === names[0]);
      if (!column || !SMALL_NUMBERS.has(column.type.name)) return;
      yield { problem: `${column.name} runs out of numbers`, at: column.location };
    },
  },
  {
    id: 'S14',
    severity: 'style',
    title: 'Columns in an order that wastes bytes in every row',
    why: 'A wide column behind a narrow one is padded to its alignment.',
    mend: 'Put columns of 8 bytes first, then those of 4, 2 and 1, then text and the like',
    on: ['CreateStmt'],
    *judge(statement, context) {
      const made = newTableOf(statement, context.schema);
      const wasted = wastedBytes(made?.columns ?? []);
      if (made && wasted >= WASTED)
        yield `${wasted} bytes of each row of ${shown(made.table)} are padding`;
    },
  },
];

function columnRule(facts: RuleFacts, problemOf: (column: ColumnShape) => string | false): Rule {
  return {
    ...facts,
    on: ['CreateStmt', 'AlterTableStmt'],
    *judge(statement, context): Iterable<Verdict> {
      for (const column of columnsOf(statement, context)) {
        const problem = problemOf(column);
        if (problem) yield { problem: `${column.name}: ${problem}`, at: column.location };
      }
    },
  };
}

function columnsOf(statement: ParsedStatement, context: LintContext): readonly ColumnShape[] {
  const made = newTableOf(statement, context.schema)?.columns ?? [];
  return [
    ...made,
    ...context.changes.flatMap(({ column, name }) => (column ? [{ ...column, name }] : [])),
  ];
}
