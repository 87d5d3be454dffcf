import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { DatabaseHealth } from './database-health.js';
import type { HealthMonitor, HealthQuestion } from './health-monitor.js';
import { terminusKnowsDegraded } from './terminus-words.js';

/** A data source of Rowguard, open or not. */
export interface HealthSource {
  readonly health: HealthMonitor;
}

/**
 * Health as Terminus takes it. Typed as Terminus 11 has it, which knows two words; where Terminus
 * knows `degraded`, that may stand there as well.
 */
export type IndicatedHealth = Omit<DatabaseHealth, 'status'> & {
  readonly status: 'up' | 'down';
  /** It works, but not as it should. */
  readonly degraded?: boolean;
};

/** Whether this process lives, and whether the database is fit for work. */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(private readonly source: HealthSource) {
    monitorOf(source);
  }

  /** Touches nothing: no failure of the database is mended by restarting this process. */
  liveness(key = 'database'): Promise<Record<string, { readonly status: 'up' }>> {
    return Promise.resolve({ [key]: { status: 'up' } });
  }

  /** For Terminus: whether requests should come here. */
  async readiness(key = 'database'): Promise<Record<string, IndicatedHealth>> {
    const { status, ...rest } = await this.check();
    if (status !== 'degraded') return { [key]: { status, ...rest } };
    const word = (await terminusKnowsDegraded()) ? ('degraded' as 'up') : 'up';
    return { [key]: { status: word, degraded: true, ...rest } };
  }

  /** The name that indicators of Terminus have; the same as `readiness`. */
  isHealthy(key = 'database'): Promise<Record<string, IndicatedHealth>> {
    return this.readiness(key);
  }

  /** The same without Terminus. */
  check(question: HealthQuestion = {}): Promise<DatabaseHealth> {
    return this.source.health.report(question);
  }
}

/** Never throws because of the database: what is wrong with it is the answer. */
export async function checkHealth(
  source: HealthSource,
  question: HealthQuestion = {},
): Promise<DatabaseHealth> {
  return monitorOf(source).report(question);
}

function monitorOf(source: HealthSource): HealthMonitor {
  const monitor = (source as Partial<HealthSource> | undefined)?.health;
  if (typeof monitor?.report === 'function') return monitor;
  throw new InvalidInputError({
    problem: 'The health of something was asked for that is no data source of Rowguard',
    mend: 'Give it what createDataSource answers, or inject DatabaseHealthIndicator',
  });
}
