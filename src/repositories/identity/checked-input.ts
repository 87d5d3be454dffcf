import { InvalidInputError } from '../../errors/invalid-input.error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const LONGEST_EMAIL = 320;
const MOST_WORDS = 200;
const LONGEST_WORD = 100;

export function checkedText(name: string, value: unknown, longest: number): string {
  if (typeof value === 'string' && !value.includes('\0')) {
    const text = value.trim();
    if (text !== '' && text.length <= longest) return text;
  }
  throw refused(`${name} is no text of 1 to ${longest} characters`);
}

export function checkedId(name: string, value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase();
  throw refused(`${name} is no UUID`);
}

/** In lower case: one person has one address, however it was typed. */
export function checkedEmail(value: unknown): string {
  const email = checkedText('email', value, LONGEST_EMAIL).toLowerCase();
  if (EMAIL.test(email)) return email;
  throw refused('email is no address');
}

/** A list of short words, such as scopes and permissions; each once. */
export function checkedWords(name: string, values: unknown): string[] {
  if (!Array.isArray(values) || values.length > MOST_WORDS)
    throw refused(`${name} is no list of at most ${MOST_WORDS} words`);
  return [
    ...new Set(values.map((value) => checkedText(`One of the ${name}`, value, LONGEST_WORD))),
  ];
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({ problem, mend: 'Check the value before it gets here' });
}
