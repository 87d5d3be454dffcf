import { validateSync } from 'class-validator';
import { InvalidInputError } from '../errors/invalid-input.error.js';

/** Holds a row against the rules of its class, before SQL that no query builder looks over. */
export function checkRow(row: object, required: readonly string[] = []): void {
  const values = row as Readonly<Record<string, unknown>>;
  const missing = required
    .filter((property) => values[property] === undefined || values[property] === null)
    .map((property) => `${property} is missing`);
  const wrong = validateSync(row).flatMap((error) => Object.values(error.constraints ?? {}));
  const problems = [...missing, ...wrong];
  if (problems.length === 0) return;
  throw new InvalidInputError({
    problem: `This ${row.constructor.name} cannot be written: ${problems.join('; ')}`,
    mend: 'Give each value in the form that its column takes; nothing was written',
    given: { entity: row.constructor.name },
  });
}
