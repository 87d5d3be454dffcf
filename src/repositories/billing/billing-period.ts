import type { PlanInterval } from '../../entities/billing/subscription-plan.entity.js';

const MONTHS: Readonly<Record<PlanInterval, number>> = { month: 1, year: 12 };
const MONTHS_OF_YEAR = 12;
const DAY_MS = 86_400_000;

/**
 * The end of the period that begins at `from`, in UTC. Counted from the anchor, so that who began on
 * the 31st of January pays on the 28th of February, and then on the 31st of March again.
 */
export function periodEnd(anchor: Date, interval: PlanInterval, from: Date): Date {
  const step = MONTHS[interval];
  const passed =
    (from.getUTCFullYear() - anchor.getUTCFullYear()) * MONTHS_OF_YEAR +
    (from.getUTCMonth() - anchor.getUTCMonth());
  for (let count = Math.max(1, Math.floor(passed / step)); ; count++) {
    const end = addMonths(anchor, count * step);
    if (end > from) return end;
  }
}

export function addDays(from: Date, days: number): Date {
  return new Date(from.getTime() + days * DAY_MS);
}

function addMonths(from: Date, months: number): Date {
  const moved = new Date(from);
  moved.setUTCMonth(from.getUTCMonth() + months);
  // JavaScript runs over into the next month where this one has no such day.
  if (moved.getUTCDate() !== from.getUTCDate()) moved.setUTCDate(0);
  return moved;
}
