import { IsInt, IsNumber, Max, Min } from 'class-validator';
import { Column } from 'typeorm';
import { declareRule } from '../rule.decorator.js';
import { snakeCase } from '../rowguard-naming.strategy.js';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

export interface NumberOptions extends CommonOptions {
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
}

const LARGEST_INTEGER = 2_147_483_647;

/** A whole number that fits a PostgreSQL integer; from 0 unless told. */
export function CountColumn(options: NumberOptions = {}): PropertyDecorator {
  return numberColumn('integer', options, IsInt());
}

/** A whole number up to 2^53, such as a size in bytes; bigint in PostgreSQL, a number in JavaScript. */
export function BigCountColumn(options: NumberOptions = {}): PropertyDecorator {
  return numberColumn('bigint', { max: Number.MAX_SAFE_INTEGER, ...options }, IsInt());
}

/** A measurement: double precision, never for money. */
export function MeasureColumn(options: NumberOptions = {}): PropertyDecorator {
  return numberColumn('double precision', { max: Number.MAX_VALUE, ...options }, IsNumber());
}

type NumberType = 'integer' | 'bigint' | 'double precision';

function numberColumn(
  type: NumberType,
  options: NumberOptions,
  isNumber: PropertyDecorator,
): PropertyDecorator {
  const { min = 0, max = LARGEST_INTEGER } = options;
  return (prototype, key) => {
    const property = String(key);
    Column({
      type,
      ...commonOptions(options),
      ...(options.default === undefined ? {} : { default: options.default }),
      ...(type === 'bigint' ? { transformer: AS_NUMBER } : {}),
    })(prototype, key);
    for (const rule of [mayBeEmpty(options), isNumber, Min(min), Max(max)]) rule(prototype, key);
    const column = snakeCase(property);
    declareRule(prototype.constructor, `${property} is at least ${min}`, `"${column}" >= ${min}`);
  };
}

/** The driver answers a bigint as text, which a number up to 2^53 does not need. */
const AS_NUMBER = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
};
