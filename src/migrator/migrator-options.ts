import { InvalidInputError } from '../errors/invalid-input.error.js';
import { type Approval, readApproval, readApprovals } from './approval/approvals.js';

export const DEFAULT_LOCK_WAIT_MS = 600_000;
const LONGEST_LOCK_WAIT_MS = 86_400_000;

export type Environment = Readonly<Record<string, string | undefined>>;

/** How many of what is pending or applied. */
export interface Selection {
  /** The last one to run; of a revert, the one that stays the last. */
  readonly to?: string | undefined;
  /** How many. */
  readonly step?: number | undefined;
}

export interface WaitOptions {
  /** How long to wait for another process that runs migrations. Default: ten minutes. */
  readonly lockWaitMs?: number | undefined;
}

export interface RunOptions extends Selection, WaitOptions {
  /** `name@hash`, of migrations that lose data. */
  readonly approve?: readonly string[] | undefined;
  /** Runs those that lose data without an approval: where the data does not matter. */
  readonly allowDestructive?: boolean | undefined;
  /** What to do with the ones that lack an approval. Default: refuse, and run nothing. */
  readonly unapproved?: 'refuse' | 'wait' | undefined;
  /** Lets those run that are older than what is applied. */
  readonly outOfOrder?: boolean | undefined;
  /** Only writes down that they are applied. */
  readonly fake?: boolean | undefined;
}

export interface RevertOptions extends Selection, WaitOptions {
  readonly fake?: boolean | undefined;
}

export interface RepairOptions extends WaitOptions {
  /** Why it is right. It is kept. */
  readonly reason: string;
  /** Those that stopped half-way and are applied now, and missing ones that are gone for good. */
  readonly accept?: readonly string[] | undefined;
}

export interface BaselineOptions extends WaitOptions {
  readonly reason?: string | undefined;
}

export interface RunSettings extends Selection {
  readonly lockWaitMs: number;
  readonly approvals: readonly Approval[];
  readonly allowDestructive: boolean;
  readonly unapproved: 'refuse' | 'wait';
  readonly outOfOrder: boolean;
  readonly fake: boolean;
}

/** A list that is not one would be read letter by letter. */
export function requireNames(name: string, given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given;
  throw new InvalidInputError({
    problem: `${name} is no list of names`,
    mend: `Write ${name}: ['…']`,
  });
}

export function requireOptions(given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  throw new InvalidInputError({
    problem: 'The options are not an object',
    mend: 'Leave them out, or write them as { … }',
  });
}

/** What is given wins; the environment serves TypeORM's own command line and starts. */
export function runSettings(given: RunOptions, environment: Environment): RunSettings {
  requireOptions(given);
  checkSelection(given);
  const approve = requireNames('approve', given.approve);
  const { unapproved = 'refuse' } = given;
  return {
    to: given.to,
    step: given.step,
    lockWaitMs: lockWaitOf(given, environment),
    approvals: [...approve.map(readApproval), ...readApprovals(environment['ROWGUARD_APPROVE'])],
    allowDestructive: given.allowDestructive ?? false,
    unapproved,
    outOfOrder: given.outOfOrder ?? environment['ROWGUARD_OUT_OF_ORDER'] === 'true',
    fake: given.fake ?? false,
  };
}

export function lockWaitOf({ lockWaitMs }: WaitOptions, environment: Environment): number {
  const seconds = environment['ROWGUARD_LOCK_WAIT'];
  const isGiven = lockWaitMs !== undefined;
  const fromEnvironment = seconds ? Number(seconds) * 1000 : DEFAULT_LOCK_WAIT_MS;
  const wait = isGiven ? lockWaitMs : fromEnvironment;
  if (Number.isFinite(wait) && wait >= 0 && wait <= LONGEST_LOCK_WAIT_MS) return wait;
  throw new InvalidInputError({
    problem: `${isGiven ? 'lockWaitMs' : 'ROWGUARD_LOCK_WAIT'} is no time to wait (given: ${isGiven ? wait : seconds})`,
    mend: 'Give a number from 0 to one day; lockWaitMs is in milliseconds, ROWGUARD_LOCK_WAIT in seconds',
  });
}

export function checkSelection({ to, step }: Selection): void {
  if (to !== undefined && step !== undefined) {
    throw new InvalidInputError({
      problem: 'Both to and step are given, and each says where to stop',
      mend: 'Give one of them',
    });
  }
  if (step !== undefined && !(Number.isSafeInteger(step) && step > 0)) {
    throw new InvalidInputError({
      problem: `step is no number of migrations (given: ${String(step)})`,
      mend: 'Give a whole number from 1',
    });
  }
}

export function requireReason(reason: unknown): string {
  if (typeof reason === 'string' && reason.trim() !== '') return reason.trim();
  throw new InvalidInputError({
    problem: 'A history is not repaired without a reason',
    mend: 'Say why it is right in reason (--reason "…"); it is kept beside the migration',
  });
}

/** The migrations of a list up to a name or a number; all of them without either. */
export function selected<T>(
  all: readonly T[],
  { to, step }: Selection,
  nameOf: (one: T) => string,
): readonly T[] {
  if (to === undefined) return all.slice(0, step);
  const at = all.findIndex((one) => nameOf(one) === to);
  if (at >= 0) return all.slice(0, at + 1);
  throw unknownName(to, all.map(nameOf));
}

export function unknownName(name: string, known: readonly string[]): InvalidInputError {
  return new InvalidInputError({
    problem: `There is no migration ${JSON.stringify(name)} to choose here`,
    mend:
      known.length > 0
        ? `Name one of: ${known.slice(-10).join(', ')}`
        : 'There is none at all: nothing is pending, or nothing is applied',
  });
}
