import type {
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
} from '@opentelemetry/api';
import type { ConnectionWatch } from '../../connection/connection-watch.js';
import type { TenantPool } from '../../connection/tenant-pool.js';
import type { CachedStatement } from '../../sql/statement-cache.js';
import type { PoolCounts } from '../database-health.js';
import { countsOf } from '../pool-counts.js';
import { DeferredRecords } from './deferred-records.js';
import { giveLabelBack, takeLabel } from './pool-label.js';
import { failureAttributes, type StatementNaming } from './statement-attributes.js';

const SECONDS = 1_000;
/** As the conventions ask for the duration of an operation. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const IN_SECONDS = { unit: 's', advice: { explicitBucketBoundaries: BUCKETS } };

const NO_POOLS: ReadonlyMap<string, TenantPool> = new Map();

interface Level extends PoolCounts {
  readonly min: number;
}

const NOTHING: Level = { used: 0, idle: 0, waiting: 0, max: 0, min: 0 };

function of(what: string): string {
  return `db.client.connection.${what}`;
}

type PoolAttributes = { readonly 'db.client.connection.pool.name': string };

/** Writes down what happens by the semantic conventions of OpenTelemetry for database clients. */
export class MetricsWatch implements ConnectionWatch {
  private readonly label: string;
  private readonly duration: Histogram;
  private readonly created: Histogram;
  private readonly waited: Histogram;
  private readonly used: Histogram;
  private readonly timeouts: Counter;
  private readonly levels: Readonly<
    Record<'count' | 'idleMax' | 'idleMin' | 'most' | 'pending', Observable>
  >;
  private readonly names = new Map<TenantPool, PoolAttributes>();
  private readonly records = new DeferredRecords();
  /** What happened in pools before TypeORM had handed them over. */
  private early: (() => void)[] = [];
  /** What is not observed any more would be told as it was last, for ever: it is told as nothing. */
  private ended: readonly PoolAttributes[] | undefined;

  constructor(
    private readonly meter: Meter,
    sourceName: string,
    /** Every pool there is by now, by its name. */
    private pools: () => ReadonlyMap<string, TenantPool>,
    private readonly naming: StatementNaming,
  ) {
    this.label = takeLabel(sourceName);
    const histogram = (name: string, description: string) =>
      meter.createHistogram(name, { ...IN_SECONDS, description });
    this.duration = histogram('db.client.operation.duration', 'Duration of database operations');
    this.created = histogram(of('create_time'), 'Time to open a connection');
    this.waited = histogram(of('wait_time'), 'Time to get a connection from the pool');
    this.used = histogram(of('use_time'), 'Time from taking a connection to giving it back');
    this.timeouts = meter.createCounter(of('timeouts'), {
      unit: '{timeout}',
      description: 'Callers that got no connection in time',
    });
    const level = (name: string, unit: string, description: string) =>
      meter.createObservableUpDownCounter(of(name), { unit, description });
    this.levels = {
      count: level('count', '{connection}', 'Connections that are open, by their state'),
      idleMax: level('idle.max', '{connection}', 'Most connections kept idle'),
      idleMin: level('idle.min', '{connection}', 'Connections kept idle at least'),
      most: level('max', '{connection}', 'Most connections of the pool'),
      pending: level('pending_requests', '{request}', 'Callers that wait for a connection'),
    };
    meter.addBatchObservableCallback(this.observe, Object.values(this.levels));
  }

  answered(statement: CachedStatement, text: string, ms: number, error: unknown): void {
    const attributes = this.naming.attributesOf(statement, text);
    this.records.add(
      this.duration,
      ms / SECONDS,
      error ? { ...attributes, ...failureAttributes(error) } : attributes,
    );
  }

  opened(pool: TenantPool, ms: number): void {
    this.forPool(pool, (name) => this.records.add(this.created, ms / SECONDS, name));
  }

  taken(pool: TenantPool, waitedMs: number): void {
    this.forPool(pool, (name) => this.records.add(this.waited, waitedMs / SECONDS, name));
  }

  returned(pool: TenantPool, heldMs: number): void {
    this.forPool(pool, (name) => this.records.add(this.used, heldMs / SECONDS, name));
  }

  timedOut(pool: TenantPool): void {
    this.forPool(pool, (name) => this.timeouts.add(1, name));
  }

  end(): void {
    this.ended = [...this.names.values()];
    this.names.clear();
    this.pools = () => NO_POOLS;
    this.early = [];
    this.records.flush();
    const { meter, observe, levels } = this;
    giveLabelBack(this.label, () =>
      meter.removeBatchObservableCallback(observe, Object.values(levels)),
    );
  }

  private readonly observe = (result: BatchObservableResult): void => {
    this.sayWhatWasEarly();
    // Before the histograms are read, which the SDK does after it has asked for the levels.
    this.records.flush();
    for (const name of this.ended ?? []) this.tell(result, name, NOTHING);
    for (const pool of this.pools().values()) {
      const name = this.nameOf(pool);
      const min = pool.options.min ?? 0;
      if (name) this.tell(result, name, { ...countsOf(pool), min });
    }
  };

  private tell(
    result: BatchObservableResult,
    name: PoolAttributes,
    { used, idle, max, min, waiting }: Level,
  ): void {
    const { count, idleMax, idleMin, most, pending } = this.levels;
    const state = 'db.client.connection.state';
    result.observe(count, used, { ...name, [state]: 'used' });
    result.observe(count, idle, { ...name, [state]: 'idle' });
    result.observe(idleMax, max, name);
    result.observe(idleMin, min, name);
    result.observe(most, max, name);
    result.observe(pending, waiting, name);
  }

  private forPool(pool: TenantPool, tell: (name: PoolAttributes) => void): void {
    const name = this.nameOf(pool);
    if (!name) this.early.push(() => this.forPool(pool, tell));
    else {
      if (this.early.length > 0) this.sayWhatWasEarly();
      tell(name);
    }
  }

  private sayWhatWasEarly(): void {
    for (const tell of this.early.splice(0)) tell();
  }

  private nameOf(pool: TenantPool): PoolAttributes | undefined {
    const known = this.names.get(pool);
    if (known) return known;
    const found = [...this.pools()].find(([, one]) => one === pool)?.[0];
    if (found === undefined) return undefined;
    const name = found === 'application' ? this.label : `${this.label}/${found}`;
    const attributes = { 'db.client.connection.pool.name': name };
    this.names.set(pool, attributes);
    // What appears for the first time with the first timeout reads as no increase.
    this.timeouts.add(0, attributes);
    return attributes;
  }
}
