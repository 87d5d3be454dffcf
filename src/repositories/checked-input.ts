import { isUuid } from '../context/uuid.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';

export function checkedText(name: string, value: unknown, longest: number): string {
  if (typeof value === 'string' && !value.includes('\0')) {
    const text = value.trim();
    if (text !== '' && text.length <= longest) return text;
  }
  throw refused(`${name} is no text of 1 to ${longest} characters`);
}

export function checkedId(name: string, value: unknown): string {
  if (isUuid(value)) return value.toLowerCase();
  throw refused(`${name} is no UUID`);
}

/** One of the words that a column can hold. */
export function checkedWord<Word extends string>(
  name: string,
  value: unknown,
  words: readonly Word[],
): Word {
  if (words.includes(value as Word)) return value as Word;
  throw refused(`${name} is none of ${words.join(', ')}`);
}

export function checkedWork<Work>(name: string, work: Work): Work {
  if (typeof work === 'function') return work;
  throw refused(`${name} is no function`);
}

export function refused(problem: string): InvalidInputError {
  return new InvalidInputError({ problem, mend: 'Check the value before it gets here' });
}
