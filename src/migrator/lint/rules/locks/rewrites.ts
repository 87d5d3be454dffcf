import type { Constraint } from 'libpg-query';
import { shown } from '../../reading/names.js';
import { findAll, wordsOf } from '../../reading/sql-nodes.js';
import { type TypeShape, typeText } from '../../reading/type-shape.js';
import { type Rule, changeRule } from '../../rule.js';
import { added } from './constraints.js';

/** One value for all rows, or the same for the same input, so that no row is written. */
const SETTLED = new Set(
  `now transaction_timestamp statement_timestamp current_setting timezone to_char to_timestamp to_date
  date_trunc date_part extract make_interval make_date make_timestamptz age lower upper initcap md5 sha256
  encode decode convert_to concat concat_ws format replace left right substring length abs round floor ceil
  jsonb_build_object jsonb_build_array json_build_object json_build_array to_jsonb to_json array_fill
  int4range int8range numrange daterange tsrange tstzrange to_tsvector point box hashtext`
    .split(/\s+/)
    .filter(Boolean),
);

const SERIAL = /^(?:small|big)?serial[248]?$/;

export const REWRITES: readonly Rule[] = [
  changeRule(
    'AT_AlterColumnType',
    {
      id: 'B12',
      severity: 'blocks',
      title: 'ALTER COLUMN ... TYPE that writes every row anew',
      why: 'Nobody can read or write the table until it and its indexes are written anew.',
      mend: 'Add a column, fill it in batches, swap in code, drop the old one. Safe are: a longer varchar, varchar to text, numeric with more digits and the same scale',
      good: 'ALTER TABLE "users" ALTER COLUMN "name" TYPE text',
    },
    function* ({ table, name, column, command }, context) {
      if (!column || context.isQuiet(table)) return;
      const before = context.typeBefore(table, name);
      const { ColumnDef: definition } = (command.def ?? {}) as {
        ColumnDef?: { raw_default?: object };
      };
      if (before && !definition?.raw_default && staysAsItIs(before, column.type)) return;
      const from = before ? `from ${typeText(before)} ` : '';
      const unless = before ? '' : '; what it was before is not known here';
      yield {
        problem: `${shown(table)} is written anew to take ${name} ${from}to ${typeText(column.type)}${unless}`,
        at: column.location,
      };
    },
  ),
  changeRule(
    'AT_AddColumn',
    {
      id: 'B13',
      severity: 'blocks',
      title: 'ADD COLUMN with a volatile default',
      why: 'Each row gets a value of its own, so that the whole table is written under a lock. now() is fine.',
      mend: 'Add the column without it, SET DEFAULT in the same migration, and fill old rows in batches',
      good: 'ALTER TABLE "orders" ADD COLUMN "public_id" uuid; ALTER TABLE "orders" ALTER COLUMN "public_id" SET DEFAULT gen_random_uuid()',
    },
    function* (change, context) {
      if (context.isQuiet(change.table)) return;
      for (const { raw_expr: value, location } of added(change, 'CONSTR_DEFAULT')) {
        const calls = [...findAll(value ? [value] : [], (key) => key === 'FuncCall')];
        const names = calls.map(({ node }) => wordsOf(node['funcname'] as never).at(-1) ?? '');
        const volatile = names.find((name) => !SETTLED.has(name));
        if (volatile === undefined) continue;
        yield {
          problem: `${volatile}() is asked for each row of ${shown(change.table)}`,
          at: location,
        };
      }
    },
  ),
  changeRule(
    ['AT_AddColumn', 'AT_AddIdentity'],
    {
      id: 'B14',
      severity: 'blocks',
      title: 'ADD COLUMN serial or identity',
      why: 'Each row gets a number, so that the whole table is written under a lock.',
      mend: 'Add a bigint, a sequence as its default, and fill old rows in batches',
      good: 'ALTER TABLE "orders" ADD COLUMN "number" bigint',
    },
    function* (change, context) {
      const { table, column } = change;
      if (!column || context.isQuiet(table)) return;
      if (!SERIAL.test(column.type.name) && added(change, 'CONSTR_IDENTITY').length === 0) return;
      yield {
        problem: `every row of ${shown(table)} is written to get a number`,
        at: column.location,
      };
    },
  ),
  changeRule(
    ['AT_AddColumn', 'AT_SetExpression'],
    {
      id: 'B15',
      severity: 'blocks',
      title: 'ADD COLUMN GENERATED ... STORED, or a new stored expression',
      why: 'It is calculated for each row, so that the whole table is written under a lock.',
      mend: 'Use VIRTUAL (PostgreSQL 18), or a plain column that a trigger keeps and a batch fills',
      good: 'ALTER TABLE "orders" ADD COLUMN "gross" numeric GENERATED ALWAYS AS ("net" * 1.2) VIRTUAL',
    },
    function* (change, context) {
      if (context.isQuiet(change.table)) return;
      const isStored = added(change, 'CONSTR_GENERATED').some(kindIsStored);
      if (!isStored && change.action !== 'AT_SetExpression') return;
      yield `${change.name} is calculated for every row of ${shown(change.table)}`;
    },
  ),
];

function kindIsStored({ generated_kind: kind }: Constraint): boolean {
  return kind === 's';
}

/** What PostgreSQL changes in the catalog alone. */
function staysAsItIs(before: TypeShape, after: TypeShape): boolean {
  if (before.isArray || after.isArray) return typeText(before) === typeText(after);
  const [from, to] = [before.modifiers[0], after.modifiers[0]];
  if (before.name === 'numeric' && after.name === 'numeric') {
    if (to === undefined) return true;
    return from !== undefined && to >= from && before.modifiers[1] === after.modifiers[1];
  }
  if (before.name === 'varchar' && after.name === 'text') return true;
  if (before.name === 'cidr' && after.name === 'inet') return true;
  if (before.name === 'text' && after.name === 'varchar') return to === undefined;
  if (before.name !== after.name || before.name === 'bpchar') {
    return typeText(before) === typeText(after);
  }
  return to === undefined || (from !== undefined && to >= from);
}
