import { MOST_DAYS, isDays } from '../../entities/kept-days.js';
import { described } from '../../errors/described-value.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import type { PurgeOptions } from './purge-report.js';

const MOST_ROWS = 10_000;
const MOST_SECONDS = 604_800;
const KNOWN: readonly (keyof PurgeOptions)[] = [
  'olderThan',
  'entities',
  'tenantId',
  'dryRun',
  'batch',
  'maxSeconds',
  'signal',
  'onProgress',
];

/** Throws where an option says nothing that could be meant: this is no place for a guess. */
export function checkPurgeOptions(options: PurgeOptions): void {
  checkedObject('options', options);
  const { olderThan, entities, dryRun, batch, maxSeconds, signal, onProgress } = options;
  const unknown = Object.keys(options).find((key) => !(KNOWN as readonly string[]).includes(key));
  if (unknown !== undefined) throw refused(unknown, 'is no option of a purge', unknown);
  if (olderThan !== undefined && !isDays((olderThan as { days?: unknown } | null)?.days)) {
    throw refused(
      'olderThan',
      `is no { days } with a whole number from 0 to ${MOST_DAYS}`,
      olderThan,
    );
  }
  if (entities !== undefined && (!Array.isArray(entities) || entities.length === 0)) {
    throw refused('entities', 'is no list of entities', entities);
  }
  if (dryRun !== undefined && typeof dryRun !== 'boolean') {
    throw refused('dryRun', 'is neither true nor false', dryRun);
  }
  checkNumber('batch', batch, 1, MOST_ROWS);
  checkNumber('maxSeconds', maxSeconds, 1, MOST_SECONDS);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw refused('signal', 'is no AbortSignal', signal);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw refused('onProgress', 'is no function', onProgress);
  }
}

function checkNumber(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw refused(name, `is no whole number from ${least} to ${most}`, value);
}

function refused(name: string, problem: string, given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `${name} ${problem} (given: ${described(given)})`,
    mend: `A purge takes ${KNOWN.join(', ')}; nothing was deleted`,
  });
}
