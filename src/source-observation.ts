import { Logger } from '@nestjs/common';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ConnectionWatch } from './connection/connection-watch.js';
import type { TenantPool } from './connection/tenant-pool.js';
import { loadMeter } from './health/metrics/load-meter.js';
import { MetricsWatch } from './health/metrics/metrics-watch.js';
import { StatementNaming } from './health/metrics/statement-attributes.js';
import { poolsOf } from './health/pool-counts.js';
import { LeakDetector } from './health/watch/leak-detector.js';
import { SlowStatements } from './health/watch/slow-statements.js';
import type { RowguardDataSource } from './rowguard.data-source.js';

const NO_POOLS: ReadonlyMap<string, TenantPool> = new Map();

/** Metrics, slow statements and leaks of one data source; without any of them nothing is watched. */
export class SourceObservation {
  private readonly log = new Logger('Rowguard');
  private metrics: MetricsWatch | undefined;
  private leaks: LeakDetector | undefined;

  constructor(private readonly source: RowguardDataSource) {}

  async begin(): Promise<void> {
    this.end();
    const { plan, databaseOptions } = this.source;
    const { metrics, slowStatementMs, pool } = databaseOptions;
    const warn = (text: string): void => this.log.warn(text);
    if (metrics !== false) this.metrics = await this.metricsOf(metrics);
    const slow = slowStatementMs > 0 ? new SlowStatements(slowStatementMs, warn) : undefined;
    if (pool.leakMs > 0) this.leaks = new LeakDetector(pool.leakMs, () => this.pools(), warn);
    plan.noticesTakers ||= this.leaks !== undefined;
    this.leaks?.begin();
    plan.watch = together(this.metrics, slow, this.leaks);
  }

  end(): void {
    this.source.plan.watch = undefined;
    this.metrics?.end();
    this.leaks?.end();
    this.metrics = undefined;
    this.leaks = undefined;
  }

  private async metricsOf(
    choice: Exclude<RowguardDataSource['databaseOptions']['metrics'], false>,
  ): Promise<MetricsWatch> {
    const { source } = this;
    const naming = new StatementNaming(
      () => source.driver.database,
      () => source.entityMetadatas.map(({ tableName }) => tableName),
    );
    const { name } = source.databaseOptions;
    return new MetricsWatch(await loadMeter(choice), name, () => this.pools(), naming);
  }

  private pools(): ReadonlyMap<string, TenantPool> {
    const { driver, replicas } = this.source;
    const { master } = driver as PostgresDriver as unknown as { master: TenantPool | undefined };
    return master ? poolsOf({ primary: master, replicas: replicas?.pools ?? [] }) : NO_POOLS;
  }
}

function together(
  metrics: MetricsWatch | undefined,
  slow: SlowStatements | undefined,
  leaks: LeakDetector | undefined,
): ConnectionWatch | undefined {
  if (!slow && !leaks) return metrics;
  return {
    answered(statement, text, ms, error) {
      metrics?.answered(statement, text, ms, error);
      slow?.answered(text, ms, Boolean(error));
    },
    opened: (pool, ms) => metrics?.opened(pool, ms),
    taken: (pool, ms) => metrics?.taken(pool, ms),
    returned(pool, ms, where) {
      metrics?.returned(pool, ms);
      leaks?.returned(ms, where);
    },
    timedOut: (pool) => metrics?.timedOut(pool),
  };
}
