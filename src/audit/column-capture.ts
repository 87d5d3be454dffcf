import { quoteLiteral, quoteName } from '../schema/sql.js';
import { ALL_SETTINGS, type FunctionSetting } from './database-function.js';
import { MASKED } from './masked.js';

/** A column as the catalog knows it. */
export interface LiveColumn {
  readonly name: string;
  /** The type's name; of a domain, that of its base; of an array, that of its elements. */
  readonly type: string;
  readonly kind: 'base' | 'enum' | 'other';
  readonly hasScale: boolean;
}

/** Types whose = means that the same value is stored, as their text would. */
const SAME_IF_EQUAL = new Set(
  (
    'bool int2 int4 int8 oid float4 float8 uuid bytea jsonb date time timetz timestamp timestamptz ' +
    'inet cidr macaddr macaddr8'
  ).split(' '),
);
/** Their collation may hold different texts for equal. */
const TEXTS = new Set(['text', 'varchar', 'bpchar', 'name']);

const SETTING_OF: Readonly<Record<string, FunctionSetting>> = {
  timestamptz: 'TimeZone',
  timetz: 'TimeZone',
  bytea: 'bytea_output',
  interval: 'IntervalStyle',
  float4: 'extra_float_digits',
  float8: 'extra_float_digits',
};

/** What the text of a column depends on. Each costs every statement, so only those that matter. */
export function settingsFor({ type, kind }: LiveColumn): readonly FunctionSetting[] {
  if (kind === 'other') return ALL_SETTINGS;
  const setting = SETTING_OF[type];
  return setting === undefined ? [] : [setting];
}

/** What one column adds to the captures of its table, as SQL over two aliases. */
export class ColumnCapture {
  private readonly label: string;

  constructor(
    private readonly column: LiveColumn,
    private readonly isMasked: boolean,
  ) {
    this.label = quoteLiteral(`${JSON.stringify(column.name)}:`);
  }

  /** The pair of an update, or NULL where the column stayed as it was. */
  changed(before: string, after: string): string {
    return `CASE WHEN ${this.differs(before, after)} THEN ${this.pair(this.value(before), this.value(after))} END`;
  }

  appeared(row: string): string {
    return `CASE WHEN ${this.of(row)} IS NOT NULL THEN ${this.pair('NULL', this.value(row))} END`;
  }

  vanished(row: string): string {
    return `CASE WHEN ${this.of(row)} IS NOT NULL THEN ${this.pair(this.value(row), 'NULL')} END`;
  }

  differs(before: string, after: string): string {
    return `${this.comparable(before)} IS DISTINCT FROM ${this.comparable(after)}`;
  }

  private comparable(row: string): string {
    const { type, kind, hasScale } = this.column;
    if (TEXTS.has(type)) return `${this.of(row)} COLLATE "C"`;
    const isExact = SAME_IF_EQUAL.has(type) || kind === 'enum' || (type === 'numeric' && hasScale);
    return isExact ? this.of(row) : `${this.of(row)}::text COLLATE "C"`;
  }

  /** Two calls only: each statement readies every call of its function, needed or not. */
  private pair(before: string, after: string): string {
    return `concat(${this.label}, json_build_array(${before}, ${after}))`;
  }

  private value(row: string): string {
    if (!this.isMasked) return this.of(row);
    return `CASE WHEN ${this.of(row)} IS NOT NULL THEN ${quoteLiteral(MASKED)} END`;
  }

  private of(row: string): string {
    return `${row}.${quoteName(this.column.name)}`;
  }
}
