import { InvalidInputError } from '../errors/invalid-input.error.js';
import { checkedObject } from './checked-object.js';

/** For what means more the less it says: a word that is misspelt would be read as one left out. */
export function checkedKeys<Value>(
  name: string,
  value: Value,
  known: readonly (keyof Value & string)[],
): Value & object {
  const given = checkedObject(name, value);
  const unknown = Object.keys(given).find((key) => !(known as readonly string[]).includes(key));
  if (unknown === undefined) return given;
  throw new InvalidInputError({
    problem: `${name} has no ${unknown.slice(0, 60)}`,
    mend: `Give any of ${known.join(', ')}; nothing was read or written`,
  });
}
