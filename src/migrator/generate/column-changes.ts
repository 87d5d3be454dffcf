import { type ColumnDefinition, readColumn } from './column-definition.js';
import type { RefusedChange, StagedStep } from './generated-migration.js';
import { type SchemaStep, partsOfStep } from './schema-step.js';
import { setNotNull, staged } from './staged-steps.js';
import { typeChange } from './type-change.js';

export interface ColumnChanges {
  /** What is not the rebuilding of a column. */
  readonly left: readonly SchemaStep[];
  readonly altered: readonly StagedStep[];
  readonly refused: readonly RefusedChange[];
  readonly notes: readonly string[];
}

interface Rebuilt {
  readonly table: string;
  readonly column: string;
  readonly old: ColumnDefinition;
  readonly next: ColumnDefinition;
}

/** TypeORM changes a column by dropping it with everything in it, and adding an empty one. */
export function withoutRebuiltColumns(steps: readonly SchemaStep[]): ColumnChanges {
  const left = [...steps];
  const altered: StagedStep[] = [];
  const refused: RefusedChange[] = [];
  const notes: string[] = [];
  for (const drop of steps) {
    const [table, column] = partsOfStep('dropColumn', drop.up) ?? [];
    const add = left.find((step) => isSame(partsOfStep('addColumn', step.up), table, column));
    if (table === undefined || column === undefined || !add) continue;
    left.splice(left.indexOf(drop), 1);
    left.splice(left.indexOf(add), 1);
    const rebuilt = {
      table,
      column,
      old: readColumn(partsOfStep('addColumn', drop.down)?.[2] ?? ''),
      next: readColumn(partsOfStep('addColumn', add.up)?.[2] ?? ''),
    };
    const { isWidening, rewrites } = typeChange(rebuilt.old.type, rebuilt.next.type);
    const isSameType = rebuilt.old.type.toLowerCase() === rebuilt.next.type.toLowerCase();
    if ((!isWidening && !isSameType) || rebuilt.old.rest !== rebuilt.next.rest) {
      refused.push(refusal(rebuilt));
      continue;
    }
    altered.push(...alter(rebuilt));
    if (rewrites && !isSameType) notes.push(rewriteNote(rebuilt));
  }
  return { left, altered, refused, notes };
}

function isSame(parts: readonly string[] | undefined, table?: string, column?: string): boolean {
  return parts !== undefined && parts[0] === table && parts[1] === column;
}

/** Without USING: on the way back a value that does not fit is an error, and never cut. */
function alter({ table, column, old, next }: Rebuilt): StagedStep[] {
  const target = `ALTER TABLE ${table} ALTER COLUMN ${column}`;
  const toDefault = (value: string | undefined) =>
    value === undefined ? `${target} DROP DEFAULT` : `${target} SET DEFAULT ${value}`;
  const isOtherType = old.type !== next.type;
  const hasDefaults = old.default !== undefined || next.default !== undefined;
  const movesDefault = old.default !== next.default || (isOtherType && hasDefaults);
  const up = [
    ...(movesDefault && old.default !== undefined ? [toDefault(undefined)] : []),
    ...(isOtherType ? [`${target} TYPE ${next.type}`] : []),
    ...(movesDefault && next.default !== undefined ? [toDefault(next.default)] : []),
  ];
  const down = [
    ...(movesDefault && next.default !== undefined ? [toDefault(undefined)] : []),
    ...(isOtherType ? [`${target} TYPE ${old.type}`] : []),
    ...(movesDefault && old.default !== undefined ? [toDefault(old.default)] : []),
  ];
  const nullability =
    old.notNull === next.notNull
      ? []
      : next.notNull
        ? setNotNull(table, column)
        : [staged('tables', `${target} DROP NOT NULL`, `${target} SET NOT NULL`)];
  return [staged('tables', up, down), ...nullability];
}

function rewriteNote({ table, column, old, next }: Rebuilt): string {
  return `${table}.${column} from ${old.type} to ${next.type} writes every row anew, and nobody reads or writes the table meanwhile; for a big table add a column instead`;
}

function refusal({ table, column, old, next }: Rebuilt): RefusedChange {
  const fresh = `"${column.slice(1, -1)}_new"`;
  return {
    subject: `${table}.${column}`,
    problem: `to change it from ${old.type} to ${next.type}, TypeORM would drop the column with all its values`,
    steps: [
      `expand: ALTER TABLE ${table} ADD ${fresh} ${next.type}, and have the application write both columns`,
      'backfill: rowguard migration:create <path> --template backfill',
      `switch: read ${fresh}, and stop writing ${column}`,
      `contract, in a later release: ALTER TABLE ${table} DROP COLUMN ${column}, and rename ${fresh}`,
    ],
  };
}
