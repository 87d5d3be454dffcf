import { IsArray, IsBoolean, IsDate, IsObject, IsUUID } from 'class-validator';
import { Column } from 'typeorm';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

/** A moment, in milliseconds as in JavaScript. */
export function TimeColumn(options: CommonOptions & { now?: boolean } = {}): PropertyDecorator {
  return (prototype, key) => {
    Column({
      type: 'timestamptz',
      precision: 3,
      ...commonOptions(options),
      ...(options.now ? { default: () => 'now()' } : {}),
    })(prototype, key);
    for (const rule of [mayBeEmpty(options), IsDate()]) rule(prototype, key);
  };
}

export function FlagColumn(byDefault: boolean): PropertyDecorator {
  return (prototype, key) => {
    Column({ type: 'boolean', default: byDefault })(prototype, key);
    for (const rule of [mayBeEmpty({}), IsBoolean()]) rule(prototype, key);
  };
}

/** An object in jsonb; empty unless given. */
export function JsonColumn(options: CommonOptions = {}): PropertyDecorator {
  return jsonColumn(options, '{}', IsObject());
}

/** A list in jsonb; empty unless given. */
export function JsonListColumn(options: CommonOptions = {}): PropertyDecorator {
  return jsonColumn(options, '[]', IsArray());
}

function jsonColumn(
  options: CommonOptions,
  empty: string,
  form: PropertyDecorator,
): PropertyDecorator {
  return (prototype, key) => {
    Column({
      type: 'jsonb',
      ...commonOptions(options),
      ...(options.nullable ? {} : { default: empty }),
    })(prototype, key);
    for (const rule of [mayBeEmpty(options), form]) rule(prototype, key);
  };
}

/** The id that a reference is stored in, or any other UUID. */
export function IdColumn(options: CommonOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    Column({ type: 'uuid', ...commonOptions(options) })(prototype, key);
    for (const rule of [mayBeEmpty(options), IsUUID()]) rule(prototype, key);
  };
}
