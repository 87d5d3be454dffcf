import { EntityRefusedError } from '../errors/entity-refused.error.js';

export interface SoftDeleteOptions {
  /** How long deleted rows are kept before a purge may delete them for good. */
  readonly keep?: { readonly days: number };
}

/** A hundred years: more is a mistake. */
export const MOST_DAYS = 36_500;

const marks = new WeakMap<Function, SoftDeleteOptions>();

/** What becomes of the rows of an entity once they are deleted softly. */
export function SoftDelete(options: SoftDeleteOptions): ClassDecorator {
  return (target) => {
    checkKeep(target.name, options?.keep);
    marks.set(target, Object.freeze({ ...options }));
  };
}

/** A subclass keeps its rows like the class that it extends. */
export function softDeleteMark(target: Function): SoftDeleteOptions | undefined {
  for (let one: unknown = target; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
    const mark = marks.get(one);
    if (mark) return mark;
  }
  return undefined;
}

export function isDays(days: unknown): days is number {
  return typeof days === 'number' && Number.isInteger(days) && days >= 0 && days <= MOST_DAYS;
}

function checkKeep(entity: string, keep: unknown): void {
  if (keep === undefined || isDays((keep as { days?: unknown } | null)?.days)) return;
  throw new EntityRefusedError({
    problem: `@SoftDelete on ${entity}: keep says no number of days`,
    mend: `Write keep: { days: n }, with a whole number from 0 to ${MOST_DAYS}`,
    given: { entity },
  });
}
