import type { JobStatus } from '../../entities/studies/job.entity.js';
import type { ResultStatus } from '../../entities/studies/result.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { isObject } from '../../validation/checked-object.js';

/** What a run of a job brought; becomes a row of the results. */
export interface JobOutcome {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly latencyMs?: number;
  readonly error?: string | null;
  /** Default: that of the job. */
  readonly surfaceId?: string;
}

export interface OutcomeRow extends JobOutcome {
  readonly status: ResultStatus;
}

/** The result that belongs to this status; a job that has not ended brings none. */
export function resultRowOf(status: JobStatus, outcome: JobOutcome): OutcomeRow {
  const isEnd = status === 'completed' || status === 'failed';
  if (!isEnd || !isObject(outcome)) {
    throw new InvalidInputError({
      problem: isEnd
        ? 'The result of the job is no object'
        : `A job that is ${status} has no result`,
      mend: 'Pass a result such as { data, latencyMs } together with completed or failed; nothing was changed',
    });
  }
  const { data, latencyMs, error, surfaceId } = outcome;
  return {
    status: status === 'completed' ? 'succeeded' : 'failed',
    ...(data === undefined ? {} : { data }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(error === undefined ? {} : { error }),
    ...(surfaceId === undefined ? {} : { surfaceId }),
  };
}
