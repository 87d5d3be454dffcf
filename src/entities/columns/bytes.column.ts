import { IsInstance } from 'class-validator';
import { Column } from 'typeorm';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

/** Bytes as they are: bytea in PostgreSQL, a Buffer in JavaScript. */
export function BytesColumn(options: CommonOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    Column({ type: 'bytea', ...commonOptions(options) })(prototype, key);
    for (const rule of [mayBeEmpty(options), IsInstance(Uint8Array)]) rule(prototype, key);
  };
}
