import { checkedText, refused } from '../checked-input.js';

const EMAIL = /^[^\s@]+@[^\s@]+$/;
const LONGEST_EMAIL = 320;
const MOST_WORDS = 200;
const LONGEST_WORD = 100;

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
