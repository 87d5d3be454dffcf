import { shown, tableName } from '../reading/names.js';
import { findAll } from '../reading/sql-nodes.js';
import { type Rule, changeRule, rule } from '../rule.js';
import { added } from './locks/constraints.js';

const RENAMED: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'a table',
  OBJECT_COLUMN: 'a column',
  OBJECT_SCHEMA: 'a schema',
  OBJECT_VIEW: 'a view',
  OBJECT_ATTRIBUTE: 'an attribute',
};

/** The old release runs while the migration does, and for a while after it. */
export const COMPATIBILITY: readonly Rule[] = [
  rule(
    ['RenameStmt', 'AlterObjectSchemaStmt'],
    {
      id: 'I01',
      severity: 'breaks',
      title: 'RENAME of a column, table, view or schema',
      why: 'Instances of the old release still ask for the old name.',
      mend: 'Add the new one, write both, move readers, drop the old one; or leave a view under the old name',
      good: 'ALTER TABLE "orders" ADD COLUMN "placed_at" timestamptz',
    },
    function* (node, context, { kind }) {
      if (node.relation && context.isQuiet(tableName(node.relation, context.schema))) return;
      const type = 'renameType' in node ? node.renameType : undefined;
      const what = kind === 'RenameStmt' ? RENAMED[type ?? ''] : 'a table';
      if (what) yield `${what} changes its name under the feet of the old release`;
    },
  ),
  rule(
    'AlterEnumStmt',
    {
      id: 'I02',
      severity: 'breaks',
      title: 'RENAME of an enum value',
      why: 'The old release reads and writes the old word.',
      mend: 'Add the new value, move rows in batches, leave the old value unused',
      good: "ALTER TYPE \"order_status\" ADD VALUE 'dispatched' AFTER 'sent'",
    },
    function* ({ oldVal, newVal }) {
      if (oldVal) yield `the value ${oldVal} becomes ${newVal}`;
    },
  ),
  changeRule(
    'AT_AddColumn',
    {
      id: 'I03',
      severity: 'breaks',
      title: 'ADD COLUMN NOT NULL without a default',
      why: 'It fails if the table has a row, and the old release cannot insert.',
      mend: 'Give it a DEFAULT, or let it be NULL first',
      good: 'ALTER TABLE "orders" ADD COLUMN "currency" text NOT NULL DEFAULT \'EUR\'',
    },
    function* (change, context) {
      if (context.isNew(change.table)) return;
      const isRequired = ['CONSTR_NOTNULL', 'CONSTR_PRIMARY'].some(
        (kind) => added(change, kind).length > 0,
      );
      const isFilled = ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some(
        (kind) => added(change, kind).length > 0,
      );
      if (!isRequired || isFilled || /serial/.test(change.column?.type.name ?? '')) return;
      yield {
        problem: `no row of ${shown(change.table)} has a value for ${change.name}`,
        at: change.column?.location,
      };
    },
  ),
  changeRule(
    ['AT_DropNotNull', 'AT_ColumnDefault'],
    {
      id: 'I04',
      severity: 'breaks',
      title: 'DROP NOT NULL, or a default set or dropped',
      why: 'Readers meet NULL where none was, or inserts get another value than the release expects.',
      mend: 'Make sure that the release which runs now reads and writes both',
    },
    function* ({ table, name, action, command }, context) {
      if (context.isQuiet(table)) return;
      const { facts, order } = context;
      // The second half of a new column with a volatile default.
      if (facts.addedColumns.before(`${table}.${name}`, order) !== undefined) return;
      if (action === 'AT_DropNotNull') yield `${name} of ${shown(table)} may become NULL`;
      else yield `${name} of ${shown(table)} ${command.def ? 'gets another' : 'loses its'} default`;
    },
  ),
  rule(
    'AlterEnumStmt',
    {
      id: 'S16',
      severity: 'style',
      title: 'ADD VALUE without BEFORE or AFTER',
      why: 'The value comes last, which is rarely where it sorts.',
      mend: 'Say BEFORE or AFTER which value',
      good: "ALTER TYPE \"order_status\" ADD VALUE 'returned' AFTER 'sent'",
    },
    function* ({ oldVal, newVal, newValNeighbor }) {
      if (!oldVal && !newValNeighbor) yield `the value ${newVal} comes last`;
    },
  ),
  rule(
    ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'SelectStmt', 'AlterTableStmt', 'IndexStmt'],
    {
      id: 'I05',
      severity: 'fails',
      title: 'A new enum value used in the transaction that adds it',
      why: 'PostgreSQL refuses it (SQLSTATE 55P04) until the value is committed.',
      mend: 'Use the value in the next migration',
    },
    function* (node, { memo }) {
      if (memo.addedEnumValues.size === 0 || !memo.inTransaction) return;
      for (const { node: constant } of findAll(node, (key) => key === 'sval')) {
        const { sval: value = '' } = constant as { sval?: string };
        if (!memo.addedEnumValues.has(value)) continue;
        yield `the value ${value} cannot be used before it is committed`;
        return;
      }
    },
  ),
];
