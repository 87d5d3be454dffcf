/** A hundred years: more is a mistake. */
export const MOST_DAYS = 36_500;

export function isDays(days: unknown): days is number {
  return typeof days === 'number' && Number.isInteger(days) && days >= 0 && days <= MOST_DAYS;
}
