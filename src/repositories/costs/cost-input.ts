import { BadEntries, requireList } from '../bad-entries.js';
import { isObject } from '../../validation/checked-object.js';

/** A cost of a project, or of a study and perhaps one of its jobs. */
export interface NewCost {
  readonly projectId?: string | null;
  readonly studyId?: string | null;
  readonly jobId?: string | null;
  /** As text, exactly; a number is rounded to six decimals. */
  readonly amount: string | number;
  /** Default: USD. */
  readonly currency?: string;
  readonly model: string;
  readonly provider: string;
  readonly inputTokens?: number | null;
  readonly outputTokens?: number | null;
  /** Default: now. */
  readonly occurredAt?: Date;
}

export type CheckedCost = Omit<NewCost, 'amount'> & { readonly amount: string };

const AMOUNT = /^-?\d{1,12}(?:\.\d{1,6})?$/;
const DECIMALS = 6;

/** Every entry that cannot be written is told at once. */
export function checkedCosts(costs: unknown): CheckedCost[] {
  requireList(costs, 'list of costs');
  const bad = new BadEntries('list of costs');
  const checked = costs.map((cost, index) => checkedCost(cost, (text) => bad.add(index, text)));
  bad.throwIfAny();
  return checked as CheckedCost[];
}

function checkedCost(cost: unknown, tell: (problem: string) => void): CheckedCost | undefined {
  if (!isObject(cost)) {
    tell('is no object');
    return undefined;
  }
  const given = cost as unknown as NewCost;
  if (Boolean(given.projectId) === Boolean(given.studyId)) {
    tell('names not exactly one of projectId and studyId');
  }
  for (const property of ['projectId', 'studyId', 'jobId'] as const) {
    if (given[property] && typeof given[property] !== 'string')
      tell(`has a ${property} that is no id`);
  }
  if (given.jobId && !given.studyId) tell('names a jobId without its studyId');
  for (const property of ['model', 'provider'] as const) {
    if (typeof given[property] !== 'string' || given[property] === '') tell(`has no ${property}`);
  }
  const amount = asAmount(given.amount);
  if (amount === undefined) tell('has no amount with at most 12 digits and 6 decimals');
  return { ...given, amount: amount ?? '' };
}

function asAmount(amount: unknown): string | undefined {
  const text = typeof amount === 'number' ? amount.toFixed(DECIMALS) : amount;
  if (typeof text !== 'string' || !AMOUNT.test(text)) return undefined;
  const isLost = typeof amount === 'number' && amount !== 0 && Number(text) === 0;
  return isLost ? undefined : text;
}
