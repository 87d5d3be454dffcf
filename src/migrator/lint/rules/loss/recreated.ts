import type { LintContext } from '../../lint-context.js';
import { objectWords, shown, tableName, wordsName } from '../../reading/names.js';
import { findAll, wordsOf } from '../../reading/sql-nodes.js';
import type { TableChange } from '../../reading/table-change.js';
import { type Rule, changeRule, rule } from '../../rule.js';

const SWAP_OF_ENUM = {
  id: 'D10',
  severity: 'destructive',
  title: 'A swap of an enum: a new type takes the place of the old one',
  why: 'A row that holds a removed value stops the migration, and the table is rewritten under a lock against readers.',
  mend: 'Add values with ALTER TYPE ... ADD VALUE and leave old ones unused, or use a lookup table',
  good: "ALTER TYPE \"order_status\" ADD VALUE 'returned' AFTER 'sent'",
} as const;

export const RECREATED: readonly Rule[] = [
  changeRule(
    'AT_DropColumn',
    {
      id: 'D06',
      severity: 'destructive',
      title: 'DROP COLUMN and ADD COLUMN of the same name',
      why: 'The column comes back empty. This is how TypeORM generates a changed type, length, array or stored expression.',
      mend: 'Write ALTER COLUMN ... TYPE where it only widens; else add a column under another name, fill it, and swap',
      good: 'ALTER TABLE "users" ALTER COLUMN "name" TYPE varchar(200)',
    },
    function* ({ table, name }, context) {
      if (context.isNew(table)) return;
      const again = context.facts.addedColumns.from(`${table}.${name}`, context.order);
      if (again === undefined) return;
      const where = again === context.migration.name ? '' : ` by ${again}`;
      yield `the column ${name} of ${shown(table)} is dropped with its values and added again empty${where}`;
    },
  ),
  // As TypeORM writes it: the old type steps aside, the new one takes its name.
  rule('RenameStmt', SWAP_OF_ENUM, function* ({ renameType, object, newname }, context) {
    if (renameType !== 'OBJECT_TYPE' || !object) return;
    const name = wordsName(objectWords(object), context.schema);
    if (context.facts.enums.before(name, context.order)) return;
    if (!context.facts.enums.from(name, context.order)) return;
    yield `the enum ${shown(name)} steps aside as ${newname}, and a new one takes its place`;
  }),
  changeRule('AT_AlterColumnType', SWAP_OF_ENUM, function* (change, context) {
    if (!change.column || context.isNew(change.table)) return;
    const { name, schema = context.schema } = change.column.type;
    const type = `${schema}.${name}`;
    const isNewEnum = context.facts.enums.before(type, context.order);
    // Under the name of an old one the rename was reported.
    if (!isNewEnum || context.facts.goneTypes.before(type, context.order)) return;
    if (!isOfAnotherType(change, context)) return;
    yield `the column ${change.name} of ${shown(change.table)} moves to the new enum ${shown(type)}`;
  }),
  rule(['DeleteStmt', 'UpdateStmt'], SWAP_OF_ENUM, function* ({ relation }) {
    if (tableName(relation, 'pg_catalog') !== 'pg_catalog.pg_enum') return;
    yield 'the catalog of enums is changed behind the back of PostgreSQL';
  }),
];

/** From an enum to an enum the way leads through text; from plain text it does not. */
function isOfAnotherType({ table, name, column, command }: TableChange, context: LintContext) {
  const before = context.typeBefore(table, name);
  if (before) return !/^(?:text|varchar|bpchar)$/.test(before.name) && column !== undefined;
  const casts = [...findAll(command.def, (key) => key === 'typeName')].flatMap(({ node }) =>
    wordsOf(node['names'] as Parameters<typeof wordsOf>[0]),
  );
  return casts.includes('text');
}
