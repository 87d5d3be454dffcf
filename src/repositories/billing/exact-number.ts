import { InvalidInputError } from '../../errors/invalid-input.error.js';

const PLACES = 6;
const MILLIONTHS = 10n ** BigInt(PLACES);
const LARGEST = 10n ** 18n;
const FORM = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/;

/** Millionths: as whole numbers, amounts of numeric(18,6) add and compare without losing a cent. */
export function millionths(name: string, text: unknown): bigint {
  const match = typeof text === 'string' ? FORM.exec(text) : null;
  if (!match) throw notExact(name, text);
  const [, sign, whole = '0', fraction = ''] = match;
  const value = BigInt(whole) * MILLIONTHS + BigInt(fraction.padEnd(PLACES, '0'));
  return sign ? -value : value;
}

export function exactText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(PLACES + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}

/** round(a * b, 6) as PostgreSQL has it: halves go away from zero. */
export function roundedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  const size = ((product < 0n ? -product : product) + MILLIONTHS / 2n) / MILLIONTHS;
  if (size < LARGEST) return product < 0n ? -size : size;
  throw new InvalidInputError({
    problem: 'A quantity times its unit price is larger than an amount can be',
    mend: 'Split the line, or check the numbers; nothing was written',
  });
}

function notExact(name: string, text: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `${name} is no amount as text (given: ${typeof text === 'string' ? text.slice(0, 40) : typeof text})`,
    mend: "Pass a text such as '12.50', with at most 12 digits before the point and 6 after it",
  });
}
