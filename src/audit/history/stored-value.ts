import type { DataSource } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** Marks what was a number in jsonb; no text of jsonb can begin with it. */
const NUMBER = '\0';
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const SMALL_NUMBERS = /^(?:smallint|integer|int[248]?|real|double precision|float[48]?)$/;
const MOMENTS = /^(?:timestamp|timestamptz)\b/;
const EXACT = /^(?:bigint|int8)$/;

export type StoredRow = Readonly<Record<string, unknown>>;
export type StoredDiff = Readonly<Record<string, readonly [unknown, unknown]>>;

/** jsonb as text, read without rounding: a number stays the text that PostgreSQL wrote. */
export function parseStored(text: string): unknown {
  const exact = text.replaceAll(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') ? token : `"\\u0000${token}"`,
  );
  return JSON.parse(exact) as unknown;
}

/** The same value as JSON.parse would have made it. */
export function plainValue(value: unknown): unknown {
  return withNumbers(value, Number);
}

/** The same value with its numbers as text, which no JSON rounds. */
export function exactValue(value: unknown): unknown {
  return withNumbers(value, (digits) => digits);
}

function withNumbers(value: unknown, read: (digits: string) => unknown): unknown {
  if (typeof value === 'string') return value.startsWith(NUMBER) ? read(value.slice(1)) : value;
  if (Array.isArray(value)) return value.map((one) => withNumbers(one, read));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withNumbers(one, read)]),
  );
}

/** What reading the column from its table would have given. */
export function propertyValue(source: DataSource, column: ColumnMetadata, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const type = source.driver.normalizeType(column);
  const raw =
    column.isArray && Array.isArray(value)
      ? value.map((one) => driverValue(type, one))
      : driverValue(type, value);
  try {
    return source.driver.prepareHydratedValue(raw, column) as unknown;
  } catch {
    // The column was of another type when this was written; its transformer cannot read that.
    return raw;
  }
}

/** As the driver reads a value of this type from the wire. */
function driverValue(type: string, value: unknown): unknown {
  if (typeof value !== 'string') return plainValue(value);
  const isNumber = value.startsWith(NUMBER);
  const text = isNumber ? value.slice(1) : value;
  if (EXACT.test(type)) return text;
  if (SMALL_NUMBERS.test(type)) return Number(text);
  if (MOMENTS.test(type)) return momentOf(text);
  if (type === 'bytea') return Buffer.from(text.replace(/^\\x/, ''), 'hex');
  return isNumber && /^jsonb?$/.test(type) ? Number(text) : text;
}

function momentOf(text: string): unknown {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment;
}
