import type { A_Const, BooleanTest, Node } from 'libpg-query';
import type { LintContext } from '../../lint-context.js';
import { shown, tableName, tablesOf } from '../../reading/names.js';
import { nodesOf } from '../../reading/sql-nodes.js';
import { type TypeShape, typeText } from '../../reading/type-shape.js';
import { type Rule, changeRule, rule } from '../../rule.js';

/** From wide to narrow. */
const WHOLE_NUMBERS = ['int8', 'int4', 'int2'];
const TEXTS = ['text', 'varchar', 'bpchar'];
const COARSE = new Set(['int2', 'int4', 'float4', 'date', 'time', 'timetz', 'bool']);

const EVERY_ROW = {
  id: 'D05',
  severity: 'destructive',
  title: 'DELETE or UPDATE without WHERE',
  why: 'It changes every row, and what was there before is nowhere.',
  mend: 'Say which rows in WHERE, and go in batches',
  good: 'DELETE FROM "carts" WHERE "id" IN (SELECT "id" FROM "carts" WHERE "expires_at" < now() LIMIT 1000)',
} as const;

export const ROWS_LOST: readonly Rule[] = [
  rule(
    'TruncateStmt',
    {
      id: 'D04',
      severity: 'destructive',
      title: 'TRUNCATE',
      why: 'Every row is gone, with CASCADE also those of tables that refer to it.',
      mend: 'Delete what has to go in batches, with a WHERE, and name every table',
    },
    function* ({ relations, behavior }, context) {
      const tables = tablesOf(relations, context.schema).filter((one) => !context.isNew(one));
      const more = behavior === 'DROP_CASCADE' ? ', and those that refer to them,' : '';
      if (tables.length > 0) yield `all rows of ${tables.map(shown).join(', ')}${more} are gone`;
    },
  ),
  rule(
    ['DeleteStmt', 'UpdateStmt'],
    EVERY_ROW,
    function* ({ relation, whereClause }, context, { kind }) {
      const table = tableName(relation, context.schema);
      if (context.isNew(table) || !isAlwaysTrue(whereClause)) return;
      yield `every row of ${shown(table)} is ${kind === 'DeleteStmt' ? 'deleted' : 'overwritten'}`;
    },
  ),
  rule('MergeStmt', EVERY_ROW, function* ({ relation, mergeWhenClauses }, context) {
    const table = tableName(relation, context.schema);
    const deletes = nodesOf(mergeWhenClauses, 'MergeWhenClause').some(
      ({ matchKind, commandType, condition }) =>
        matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' &&
        commandType === 'CMD_DELETE' &&
        !condition,
    );
    if (deletes && !context.isNew(table)) {
      yield `every row of ${shown(table)} that the source does not have is deleted`;
    }
  }),
  changeRule(
    'AT_AlterColumnType',
    {
      id: 'D07',
      severity: 'destructive',
      title: 'ALTER COLUMN ... TYPE to a narrower one',
      why: 'Values are cut or rounded, or the migration fails on the first that does not fit.',
      mend: 'Add a column of the new type, fill it in batches, check what does not fit, and swap',
    },
    function* ({ table, name, column }, context) {
      if (!column || context.isNew(table)) return;
      const problem = narrowing(context, table, name, column.type);
      if (problem) yield { problem, at: column.location };
    },
  ),
];

function isAlwaysTrue(where: Node | undefined): boolean {
  if (!where) return true;
  if ('BooleanTest' in where) {
    const { arg, booltesttype } = where.BooleanTest as BooleanTest;
    return booltesttype === 'IS_TRUE' && isAlwaysTrue(arg);
  }
  if ('A_Const' in where) return (where.A_Const as A_Const).boolval?.boolval === true;
  if (!('A_Expr' in where)) return false;
  const { lexpr, rexpr } = where.A_Expr;
  return [lexpr, rexpr].every((side) => side !== undefined && 'A_Const' in side);
}

function narrowing(
  context: LintContext,
  table: string,
  name: string,
  after: TypeShape,
): string | undefined {
  const before = context.typeBefore(table, name);
  const where = `the column ${name} of ${shown(table)}`;
  if (!before) {
    if (!isBounded(after)) return undefined;
    return `${where} becomes ${typeText(after)}, and what it was before is not known here`;
  }
  if (!isNarrower(before, after)) return undefined;
  return `${where} becomes ${typeText(after)}, which holds less than ${typeText(before)}`;
}

function isBounded({ name, modifiers }: TypeShape): boolean {
  return COARSE.has(name) || name === 'bpchar' || modifiers.length > 0;
}

function isNarrower(before: TypeShape, after: TypeShape): boolean {
  if (before.isArray !== after.isArray) return before.isArray;
  if (TEXTS.includes(before.name) && TEXTS.includes(after.name)) {
    return sizeOf(after) < sizeOf(before);
  }
  if (before.name === 'numeric' && after.name === 'numeric') return losesDigits(before, after);
  const [from, to] = [before.name, after.name].map((one) => WHOLE_NUMBERS.indexOf(one));
  if (from !== undefined && to !== undefined && from >= 0 && to >= 0) return to > from;
  if (before.name === after.name) return sizeOf(after) < sizeOf(before);
  return isBounded(after) || WHOLE_NUMBERS.includes(after.name);
}

function sizeOf({ name, modifiers }: TypeShape): number {
  return modifiers[0] ?? (name === 'bpchar' ? 1 : Infinity);
}

function losesDigits(before: TypeShape, after: TypeShape): boolean {
  const [precision, scale = 0] = after.modifiers;
  if (precision === undefined) return false;
  const [oldPrecision, oldScale = 0] = before.modifiers;
  if (oldPrecision === undefined) return true;
  return scale < oldScale || precision - scale < oldPrecision - oldScale;
}
