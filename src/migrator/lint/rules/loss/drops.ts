import type { DropStmt } from 'libpg-query';
import type { LintContext } from '../../lint-context.js';
import { objectWords, shown, wordsName } from '../../reading/names.js';
import { nodesOf } from '../../reading/sql-nodes.js';
import { type Rule, type Verdict, changeRule, rule } from '../../rule.js';

/** What can be made again from its text alone, and holds no rows. */
const REMADE = /^OBJECT_(?:VIEW|MATVIEW|FUNCTION|PROCEDURE|ROUTINE)$/;
const DEPENDED_ON =
  /^OBJECT_(?:TYPE|DOMAIN|VIEW|MATVIEW|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|EXTENSION|SEQUENCE)$/;

export const DROPS: readonly Rule[] = [
  rule(
    'DropStmt',
    {
      id: 'D01',
      severity: 'destructive',
      title: 'DROP TABLE',
      why: 'Its rows are gone, and old code that still reads it fails.',
      mend: 'Stop using it, deploy, rename it to ..._old, and drop it in a later release after a backup',
      good: 'ALTER TABLE "orders" RENAME TO "orders_old"',
    },
    function* ({ removeType, objects = [] }, context) {
      if (removeType !== 'OBJECT_TABLE' && removeType !== 'OBJECT_FOREIGN_TABLE') return;
      for (const name of objects.map((one) => wordsName(objectWords(one), context.schema))) {
        if (!context.isNew(name)) yield `the table ${shown(name)} and every row in it are dropped`;
      }
    },
  ),
  rule(
    ['DropStmt', 'DropdbStmt', 'DropOwnedStmt', 'DropTableSpaceStmt'],
    {
      id: 'D02',
      severity: 'destructive',
      title: 'DROP SCHEMA, DATABASE, TABLESPACE or OWNED',
      why: 'It takes whatever is inside, also what nobody had in mind.',
      mend: 'Leave it to a person; in a migration drop the tables one by one',
    },
    function* (node, _, { kind }) {
      if (kind !== 'DropStmt') yield 'whatever is inside is dropped with it';
      else if ((node as DropStmt).removeType === 'OBJECT_SCHEMA') {
        yield 'a schema is dropped, and with it what is inside';
      }
    },
  ),
  changeRule(
    'AT_DropColumn',
    {
      id: 'D03',
      severity: 'destructive',
      title: 'DROP COLUMN',
      why: 'Its values are gone, and instances of the old release still select it.',
      mend: 'Remove it from the entity (or set select, insert and update to false), deploy, then drop it in a later migration',
    },
    function* ({ table, name }, context) {
      const comesBack = context.facts.addedColumns.from(`${table}.${name}`, context.order);
      if (context.isNew(table) || comesBack !== undefined) return;
      yield `the column ${name} of ${shown(table)} and its values are dropped`;
    },
  ),
  {
    id: 'D08',
    severity: 'destructive',
    title: 'DROP ... CASCADE, or DROP of a type, view, function, sequence or extension',
    why: 'CASCADE drops what the text does not name; other objects may need what is dropped.',
    mend: 'Drop what depends on it by name, one by one, and leave CASCADE out',
    on: ['DropStmt', 'DropOwnedStmt', 'AlterTableStmt'],
    judge: judgeDependants,
  },
  changeRule(
    'AT_DropConstraint',
    {
      id: 'D09',
      severity: 'destructive',
      title: 'DROP CONSTRAINT',
      why: 'From then on wrong rows come in, and they cannot be told from right ones later.',
      mend: 'Keep it until no code relies on it; a replacement comes first',
    },
    function* ({ table, name }, context) {
      const known = context.facts.constraints.find(table, name, context.order);
      if (context.isNew(table) || (known && context.isFresh(known))) return;
      if (known?.notNull && known.validated !== undefined) return;
      yield `the constraint ${name} no longer guards ${shown(table)}`;
    },
  ),
  changeRule(
    ['AT_SetUnLogged', 'AT_DetachPartition'],
    {
      id: 'D12',
      severity: 'destructive',
      title: 'SET UNLOGGED, or DETACH PARTITION without CONCURRENTLY',
      why: 'An unlogged table is empty after a crash and on replicas; a detached partition takes its rows out of the table.',
      mend: 'Keep the table logged; use DETACH PARTITION ... CONCURRENTLY outside of a transaction',
      good: 'ALTER TABLE "events" DETACH PARTITION "events_2020" CONCURRENTLY',
    },
    function* ({ table, action, command }, context) {
      if (context.isNew(table)) return;
      const { PartitionCmd: partition } = (command.def ?? {}) as {
        PartitionCmd?: { concurrent?: boolean };
      };
      if (action === 'AT_SetUnLogged') yield `${shown(table)} would be empty after a crash`;
      else if (!partition?.concurrent) yield `${shown(table)} loses the rows of a partition`;
    },
  ),
];

function* judgeDependants(
  { kind, node }: { kind: string; node: object },
  context: LintContext,
): Iterable<Verdict> {
  if (kind === 'AlterTableStmt') {
    for (const { table, command } of context.changes) {
      if (command.behavior !== 'DROP_CASCADE' || !command.subtype?.startsWith('AT_Drop')) continue;
      if (!context.isNew(table)) yield `CASCADE drops what depends on ${command.name}`;
    }
    return;
  }
  const { behavior, removeType = '', objects = [] } = node as DropStmt;
  const names = objects.map((one) => wordsName(objectWords(one), context.schema));
  if (behavior === 'DROP_CASCADE') {
    if (removeType === 'OBJECT_TABLE' && names.every((name) => context.isNew(name))) return;
    yield 'CASCADE drops what the text does not name';
  } else if (DEPENDED_ON.test(removeType)) {
    const lost = names.filter((name) => !isRemade(removeType, name, context));
    const words = removeType.slice('OBJECT_'.length).toLowerCase();
    if (lost.length > 0 || nodesOf(objects, 'String').length > 0) {
      yield `the ${words} ${lost.map(shown).join(', ')} is dropped`;
    }
  }
}

/** Dropped and created again by the same migration: its columns could not be changed otherwise. */
function isRemade(kind: string, name: string, { facts, order, migration }: LintContext): boolean {
  const key = `${kind}:${name}`;
  if (facts.made.before(key, order) !== undefined) return true;
  return REMADE.test(kind) && facts.made.from(key, order) === migration.name;
}
