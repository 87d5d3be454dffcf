import type { AlterTableCmd, ColumnDef, Constraint, Node } from 'libpg-query';
import type { ParsedStatement } from '../parsed-statement.js';
import { type QualifiedName, tableName } from './names.js';
import { isKind, nodesOf, wordsOf } from './sql-nodes.js';
import { type TypeShape, typeShape } from './type-shape.js';

/** ALTER TABLE says the same for views, indexes and sequences, which hold no rows. */
const HOLDS_VALUES = new Set([
  'OBJECT_TABLE',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_MATVIEW',
  'OBJECT_TYPE',
]);

export interface ColumnShape {
  readonly name: string;
  readonly type: TypeShape;
  readonly constraints: readonly Constraint[];
  readonly location: number | undefined;
}

/** One clause of ALTER TABLE. */
export interface TableChange {
  readonly table: QualifiedName;
  /** As the parser names it, such as AT_DropColumn. */
  readonly action: string;
  /** The column or the constraint that it is about. */
  readonly name: string;
  readonly command: AlterTableCmd;
  readonly column?: ColumnShape;
  readonly constraint?: Constraint;
}

export interface NewTable {
  readonly table: QualifiedName;
  readonly columns: readonly ColumnShape[];
  readonly constraints: readonly Constraint[];
}

export function changesOf(statement: ParsedStatement, schema: string): readonly TableChange[] {
  if (!isKind(statement, 'AlterTableStmt')) return [];
  const { relation, cmds, objtype } = statement.node;
  if (!HOLDS_VALUES.has(objtype ?? '')) return [];
  const table = tableName(relation, schema);
  return nodesOf(cmds, 'AlterTableCmd').map((command) => changeOf(table, command));
}

export function newTableOf(statement: ParsedStatement, schema: string): NewTable | undefined {
  if (!isKind(statement, 'CreateStmt')) return undefined;
  const { relation, tableElts, constraints } = statement.node;
  const columns = nodesOf(tableElts, 'ColumnDef').map(columnShape);
  return {
    table: tableName(relation, schema),
    columns,
    constraints: [
      ...nodesOf(tableElts, 'Constraint'),
      ...nodesOf(constraints, 'Constraint'),
      ...columns.flatMap((column) => column.constraints.map((one) => onColumn(one, column.name))),
    ],
  };
}

/** The columns that a constraint is about, as far as it names them. */
export function keysOf(constraint: Constraint): readonly string[] {
  const keys = constraint.contype === 'CONSTR_FOREIGN' ? constraint.fk_attrs : constraint.keys;
  return wordsOf(keys);
}

function changeOf(table: QualifiedName, command: AlterTableCmd): TableChange {
  const definition = command.def as { ColumnDef?: ColumnDef; Constraint?: Constraint } | undefined;
  const column = definition?.ColumnDef && columnShape(definition.ColumnDef);
  const constraint = definition?.Constraint;
  return {
    table,
    action: command.subtype ?? '',
    name: command.name ?? column?.name ?? constraint?.conname ?? '',
    command,
    ...(column ? { column } : {}),
    ...(constraint ? { constraint } : {}),
  };
}

function columnShape(definition: ColumnDef): ColumnShape {
  return {
    name: definition.colname ?? '',
    type: typeShape(definition.typeName),
    constraints: nodesOf(definition.constraints, 'Constraint'),
    location: definition.location,
  };
}

/** A constraint behind its column, as if it stood behind them all. */
export function onColumn(constraint: Constraint, column: string): Constraint {
  const keys: Node[] = [{ String: { sval: column } }];
  if (constraint.contype === 'CONSTR_FOREIGN') return { ...constraint, fk_attrs: keys };
  return constraint.keys ? constraint : { ...constraint, keys };
}
