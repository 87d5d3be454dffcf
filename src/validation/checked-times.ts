import { InvalidInputError } from '../errors/invalid-input.error.js';

/** Refuses a moment that is none, and a time that ends before it begins. */
export function checkedTimes({ from, to }: { from: unknown; to: unknown }): void {
  for (const [name, moment] of Object.entries({ from, to })) {
    if (moment === undefined) continue;
    if (moment instanceof Date && !Number.isNaN(moment.getTime())) continue;
    throw new InvalidInputError({
      problem: `${name} is no moment in time`,
      mend: 'Pass a valid Date',
    });
  }
  if (from instanceof Date && to instanceof Date && from > to) throw ends();
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Refuses days that are none, and a time that ends before it begins. */
export function checkedDays(from: unknown, to: unknown): void {
  for (const day of [from, to]) {
    const isDay = typeof day === 'string' && DAY.test(day);
    if (isDay && new Date(day).toJSON()?.startsWith(day)) continue;
    throw new InvalidInputError({
      problem: 'A day was given that the calendar does not have',
      mend: "Pass days as text in UTC, such as '2026-01-31'",
    });
  }
  if ((from as string) > (to as string)) throw ends();
}

function ends(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The time that was asked for ends before it begins',
    mend: 'Pass the earlier one as from and the later one as to',
  });
}
