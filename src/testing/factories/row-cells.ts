import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { planOf } from '../../validation/row-plan.js';
import { wordsOfRules } from './words-of-rules.js';

const NOON = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;

/** Texts of the forms that CHECKs ask for; the first is what a column without one gets. */
function texts(name: string, count: number): string[] {
  return [
    `${name.replaceAll('_', '-')}-${count}`,
    'USD',
    `person-${count}@example.com`,
    `https://example.com/${count}`,
    count.toString(16).padStart(64, '0'),
    count.toString(16).padStart(32, '0'),
    `sha256:${count.toString(16).padStart(64, '0')}`,
    `2026-01`,
    '1.0.0',
    'a',
    `${count}`,
  ];
}

/** What a column could hold, the likeliest first; `undefined` stands for its default. */
export function cellsFor(column: ColumnMetadata, count: number): readonly unknown[] {
  const all = [...choicesOf(column), ...wordsOfRules(column, count), ...byType(column, count)];
  const cells = byRules(
    column,
    all.map((cell) => fitting(cell, column, count)),
  );
  if (column.isNullable) cells.push(null);
  if (column.default !== undefined) cells.unshift(undefined);
  return cells;
}

/** By column, the places of its choices, once they have been held against the rules. */
const orders = new WeakMap<ColumnMetadata, readonly number[]>();

/**
 * Those that the rules of class-validator let through come first. Asked once for a column: its choices
 * differ from row to row only in a number, and the rules take a thousand times as long as making them.
 */
function byRules(column: ColumnMetadata, cells: readonly unknown[]): unknown[] {
  const order = orders.get(column) ?? orderByRules(column, cells);
  orders.set(column, order);
  return order.map((at) => cells[at]);
}

function orderByRules(column: ColumnMetadata, cells: readonly unknown[]): number[] {
  const places = cells.map((_, at) => at);
  const { rules } =
    planOf(column.entityMetadata).columns.find((plan) => plan.column === column) ?? {};
  if (!rules) return places;
  const passes = (at: number) => {
    try {
      return rules.problemsOf({ [column.propertyName]: cells[at] }, cells[at]).length === 0;
    } catch {
      return false;
    }
  };
  const passing = new Set(places.filter(passes));
  return [...passing, ...places.filter((at) => !passing.has(at))];
}

/** Cut to the length of the column, at the front: the number at the end makes it another one. */
function fitting(cell: unknown, { length }: ColumnMetadata, count: number): unknown {
  const most = Number(length);
  if (typeof cell !== 'string' || !(most > 0) || cell.length <= most) return cell;
  const end = String(count).slice(-most);
  return `${cell.slice(0, most - end.length)}${end}`;
}

/** The words and patterns of CHECKs that speak of this column alone. */
function choicesOf(column: ColumnMetadata): string[] {
  if (column.enum) return column.enum as string[];
  const list = `^"${column.databaseName}" IN \\((.*)\\)$`;
  for (const { expression } of column.entityMetadata.checks) {
    const words = new RegExp(list).exec(expression)?.[1];
    if (words !== undefined)
      return [...words.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  }
  return [];
}

function byType(column: ColumnMetadata, count: number): unknown[] {
  const type = typeof column.type === 'function' ? column.type.name.toLowerCase() : column.type;
  if (column.isArray) return [[], [cellOf(type, column, count)[0]]];
  return cellOf(type, column, count);
}

function cellOf(type: string, column: ColumnMetadata, count: number): unknown[] {
  switch (type) {
    case 'uuid':
      return [`0190d000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`];
    case 'boolean':
      return [false, true];
    case 'json':
    case 'jsonb':
      return ['{}', '[]', '{"a":1}', '["a"]'];
    case 'timestamptz':
    case 'timestamp with time zone':
      return [0, 1, -1].map((days) => new Date(NOON + days * DAY_MS));
    case 'timestamp':
    case 'timestamp without time zone':
      return [0, 1, -1].map((days) => new Date(NOON + days * DAY_MS));
    case 'time':
    case 'time without time zone':
      return ['12:00:00', '13:00:00'];
    case 'interval':
      return ['1 day', '1 hour'];
    case 'inet':
      return [`10.0.${(count >> 8) & 255}.${count & 255}`];
    case 'date':
      return ['2026-01-01', '2026-01-02'];
    case 'bytea':
      return [Buffer.alloc(32, count % 256)];
    case 'vector': {
      const length = Number(column.length || 3);
      return [`[${Array.from({ length }, (_, at) => (at === count % length ? 1 : 0)).join(',')}]`];
    }
    case 'text':
    case 'string':
    case 'character varying':
    case 'varchar':
      return texts(column.databaseName, count);
    default:
      // Numbers: whole ones fit every kind.
      return [count, 0, 1, 2, 100, -1, 0.5];
  }
}
