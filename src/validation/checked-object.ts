import { described } from '../errors/described-value.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For what is about to be taken apart; `name` says which argument it was. */
export function checkedObject<Value>(name: string, value: Value): Value & object {
  if (isObject(value)) return value;
  throw new InvalidInputError({
    problem: `${name} is no object (given: ${described(value)})`,
    mend: 'Check the value before it gets here; nothing was read or written',
  });
}
