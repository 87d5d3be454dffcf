import { InvalidInputError } from '../../errors/invalid-input.error.js';

const LEAST_TIMESTAMP = 1_000_000_000_000;
const MOST_TIMESTAMP = 9_999_999_999_999;

/** TypeORM orders migrations by the 13 digits at the end of the class, and by nothing else. */
export function migrationName(
  basename: string,
  timestamp: number,
): { readonly className: string; readonly fileName: string } {
  if (!Number.isInteger(timestamp) || timestamp < LEAST_TIMESTAMP || timestamp > MOST_TIMESTAMP) {
    throw new InvalidInputError({
      problem: 'The timestamp of a migration has 13 digits: milliseconds since 1970',
      mend: 'Leave it out, or write for instance 1767225600000',
      given: { timestamp },
    });
  }
  const words = basename.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
  if (!/^[A-Za-z]/.test(name)) {
    throw new InvalidInputError({
      problem:
        'The name of a migration becomes the name of a class, and has to begin with a letter',
      mend: 'Write for instance src/migrations/add-orders',
      given: { basename },
    });
  }
  return { className: `${name}${timestamp}`, fileName: `${timestamp}-${basename}` };
}
