import { shown } from '../../reading/names.js';
import { keysOf, newTableOf, onColumn } from '../../reading/table-change.js';
import type { Rule } from '../../rule.js';
import { added } from '../locks/constraints.js';

export const REFERENCES: readonly Rule[] = [
  {
    id: 'S17',
    severity: 'style',
    title: 'A foreign key of a new table without an index',
    why: 'Deleting a row of the other table reads the whole table, and so does every join.',
    mend: 'Create an index that begins with the columns of the foreign key',
    on: ['CreateStmt', 'AlterTableStmt'],
    *judge(statement, context) {
      const made = newTableOf(statement, context.schema);
      const keys = [
        ...(made?.constraints ?? []).map((one) => ({ table: made?.table ?? '', one })),
        ...context.changes.flatMap((change) =>
          added(change, 'CONSTR_FOREIGN').map((one) => ({
            table: change.table,
            one: change.column ? onColumn(one, change.name) : one,
          })),
        ),
      ];
      for (const { table, one } of keys) {
        // Of an old table the indexes are not known here.
        if (one.contype !== 'CONSTR_FOREIGN' || !context.facts.tables.has(table)) continue;
        const columns = keysOf(one);
        if (columns.some((column) => context.facts.hasLeadingIndex(table, column))) continue;
        yield {
          problem: `no index of ${shown(table)} begins with ${columns.join(', ')}`,
          at: one.location,
        };
      }
    },
  },
];
