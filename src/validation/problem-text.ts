import type { ValidationArguments } from 'class-validator';

export type Message = string | ((given: ValidationArguments) => string) | undefined;

const LETTER = /[\p{L}\p{N}_]/u;

/**
 * The sentence of a rule for one field. class-validator lets it quote the value, which may be a
 * secret, and errors end in logs and answers: then a sentence without it takes its place.
 */
export function problemText(
  message: Message,
  byDefault: ((given: ValidationArguments) => string) | undefined,
  rule: string,
  given: ValidationArguments,
): string {
  const template = templateOf(message === '' ? undefined : message, byDefault, given);
  if (template === '' || quotes(template, given.value)) {
    return `${given.property} does not fit (${rule})`;
  }
  return filled(template, given);
}

function templateOf(
  message: Message,
  byDefault: ((given: ValidationArguments) => string) | undefined,
  given: ValidationArguments,
): string {
  if (typeof message === 'string') return message;
  const written: unknown = (message ?? byDefault)?.(given);
  return typeof written === 'string' ? written : '';
}

/** The tokens of class-validator. */
function filled(template: string, { property, targetName, constraints }: ValidationArguments) {
  const asText = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(asText).join(', ');
    return typeof value === 'symbol' ? (value.description ?? '') : String(value);
  };
  return template
    .replace(/\$constraint(\d+)/g, (token, at: string) => {
      const index = Number(at) - 1;
      return Array.isArray(constraints) && index in constraints
        ? asText(constraints[index])
        : token;
    })
    .replaceAll('$value', 'the value')
    .replaceAll('$property', () => property)
    .replaceAll('$target', () => targetName);
}

/** Whether the text holds the value, or part of it where it is a list or an object, as a word. */
function quotes(text: string, value: unknown): boolean {
  return leavesOf(value).some((leaf) => holdsWord(text, leaf));
}

const DEEPEST = 3;
const MOST_LEAVES = 200;

function leavesOf(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number' || typeof value === 'bigint') return [String(value)];
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return [];
  if (value instanceof Date) return [String(value)];
  return Object.values(value)
    .slice(0, MOST_LEAVES)
    .flatMap((one) => leavesOf(one, depth + 1));
}

function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + word.length] ?? ' '];
    if (!LETTER.test(before) && !LETTER.test(after)) return true;
  }
  return false;
}
