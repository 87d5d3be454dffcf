import type { Study } from '../../entities/studies/study.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { isObject } from '../../validation/checked-object.js';

export interface ProgressReport {
  readonly total?: number;
  readonly completed?: number;
  readonly failed?: number;
  readonly note?: string | null;
}

export interface StudyProgress {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly note: string | null;
  /** Completed and failed of the total; 0 where there is nothing to do. */
  readonly percent: number;
}

const COUNTS = { total: 'totalCount', completed: 'completedCount', failed: 'failedCount' } as const;
const LARGEST_COUNT = 2_147_483_647;
const ALL = 100;

export function progressOf(study: Study): StudyProgress {
  const { totalCount: total, completedCount: completed, failedCount: failed } = study;
  const percent = total === 0 ? 0 : ((completed + failed) / total) * ALL;
  return { total, completed, failed, note: study.progressNote, percent };
}

/** The columns that a report changes. */
export function checkedReport(report: ProgressReport): Partial<Study> {
  if (!isObject(report)) throw refused('The progress is no object');
  const changes: Partial<Study> = {};
  for (const [name, column] of Object.entries(COUNTS) as [keyof typeof COUNTS, 'totalCount'][]) {
    const value: unknown = report[name];
    if (value === undefined) continue;
    if (!isCount(value)) throw refused(`${name} is no whole number from 0`);
    changes[column] = value;
  }
  if (report.note !== undefined) changes.progressNote = report.note;
  const { totalCount: total, completedCount = 0, failedCount = 0 } = changes;
  if (total !== undefined && completedCount + failedCount > total) {
    throw refused('More is completed and failed than there is in total');
  }
  if (Object.keys(changes).length === 0) throw refused('The progress is empty');
  return changes;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LARGEST_COUNT;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Pass any of { total, completed, failed, note }; nothing was changed',
  });
}
