import { InvalidInputError } from '../../errors/invalid-input.error.js';

const ID = /^[1-9]\d{0,18}$/;

/** The id of a row of the audit log, which is a bigint. */
export function checkedRowId(given: unknown): string {
  const id = typeof given === 'number' ? String(given) : given;
  if (typeof id === 'string' && ID.test(id) && BigInt(id) <= 9_223_372_036_854_775_807n) return id;
  throw new InvalidInputError({
    problem: `This is not the id of a row of the audit log (given: ${String(given).slice(0, 40)})`,
    mend: 'Give the id of the row as the log has it: a whole number from 1 on, as text',
  });
}
