import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

export interface ReadPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The value, or of a histogram how many values it holds. */
  readonly value: number;
  readonly sum?: number;
  readonly boundaries?: readonly number[];
}

/** Metrics as whoever collects them would see them. */
export class ReadMetrics {
  private readonly exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly reader = new PeriodicExportingMetricReader({
    exporter: this.exporter,
    exportIntervalMillis: 3_600_000,
  });
  readonly meterProvider = new MeterProvider({ readers: [this.reader] });

  /** Every point of each metric, by its name. */
  async read(): Promise<ReadonlyMap<string, readonly ReadPoint[]>> {
    this.exporter.reset();
    await this.reader.forceFlush();
    const all = this.exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const metrics = all.flatMap((scope) => scope.metrics);
    return new Map(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({ attributes, ...read(value) })),
      ]),
    );
  }

  /** The sum of what has these attributes. */
  async count(name: string, attributes: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const points = (await this.read()).get(name) ?? [];
    return points
      .filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      )
      .reduce((sum, { value }) => sum + value, 0);
  }

  close(): Promise<void> {
    return this.meterProvider.shutdown();
  }
}

function read(value: unknown): Omit<ReadPoint, 'attributes'> {
  if (typeof value === 'number') return { value };
  const { count, sum, buckets } = value as {
    count: number;
    sum: number;
    buckets: { boundaries: number[] };
  };
  return { value: count, sum, boundaries: buckets.boundaries };
}
