import { type ValidationError, validateSync } from 'class-validator';

/** What `@ValidateNested` finds inside of a value, such as an object in a json column. */
export function nestedProblems(path: string, value: unknown): string[] {
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].flatMap((one, at) =>
      one === undefined ? [] : nestedProblems(`${path}.${at}`, one),
    );
  }
  if (value instanceof Map) {
    return [...value].flatMap(([key, one]) =>
      one === undefined ? [] : nestedProblems(`${path}.${String(key)}`, one),
    );
  }
  if (!(value instanceof Object)) return [`${path} must be either object or array`];
  return validateSync(value).flatMap((error) => sentences(path, error));
}

/** Names the rules only: the sentences of class-validator may quote values. */
function sentences(path: string, error: ValidationError): string[] {
  const where = error.property === undefined ? path : `${path}.${error.property}`;
  const own = Object.keys(error.constraints ?? {}).map((rule) => `${where} does not fit (${rule})`);
  return [...own, ...(error.children ?? []).flatMap((child) => sentences(where, child))];
}
