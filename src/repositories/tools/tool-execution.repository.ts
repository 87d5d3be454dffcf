import type { DataSource, FindOptionsWhere } from 'typeorm';
import { type ExecutionStatus, ToolExecution } from '../../entities/tools/tool-execution.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import {
  type ExecutionChoice,
  type ExecutionSpan,
  type ExecutionStats,
  type StatsRow,
  selectStats,
  statsOf,
} from './execution-stats.js';
import { sendOwn } from '../own-statement.js';

export interface NewExecution {
  readonly toolId: string;
  readonly userId?: string;
  readonly status: ExecutionStatus;
  readonly input?: Record<string, unknown>;
  readonly output?: unknown;
  readonly error?: string;
  readonly startedAt: Date;
  /** Default: now. */
  readonly finishedAt?: Date;
  /** An amount as text. */
  readonly cost?: string;
  readonly currency?: string;
}

/** The history of calls, which nobody changes. */
export class ToolExecutionRepository extends DomainRepository<ToolExecution> {
  constructor(source: DataSource) {
    super(ToolExecution, source);
  }

  /** Adds an execution that has come to its end. */
  async record(execution: NewExecution): Promise<ToolExecution> {
    const { startedAt, finishedAt = new Date(), ...rest } = checkedObject('execution', execution);
    const durationMs = Number(finishedAt) - Number(startedAt);
    if (!(startedAt instanceof Date && durationMs >= 0)) throw noSpan();
    return this.create({ ...rest, startedAt, finishedAt, durationMs } as never);
  }

  /** Newest first. */
  async history(
    choice: ExecutionChoice & Pick<KeysetPageOptions<ToolExecution>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<ToolExecution>> {
    const { limit, after, ...where } = checkedObject('choice', choice);
    return this.findPage({
      ...(limit === undefined ? {} : { limit }),
      ...(after === undefined ? {} : { after }),
      where: where as FindOptionsWhere<ToolExecution>,
      order: { startedAt: 'DESC' },
    });
  }

  /** Counts, failure rate, latency and cost, in one query. */
  async stats(span: ExecutionSpan = {}): Promise<ExecutionStats> {
    const { sql, values } = selectStats(span);
    const [row] = await sendOwn<StatsRow>(this.manager, sql, values);
    return statsOf(row as StatsRow);
  }
}

function noSpan(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The times of the execution are no span: it ends before it starts, or one is no Date',
    mend: 'Pass startedAt, and finishedAt if it is not now',
  });
}
