import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { TenantContext, createDataSource } from 'nestjs-rowguard';

/**
 * What metrics cost, in a process as an application is one: the module loader of Jest makes every
 * access to a global slow. The same connection with and without the watch, in turns.
 */
const ROUNDS = 200;
/** As many as are recorded at once, so that each round pays for its own. */
const READS = 256;

Logger.overrideLogger(false);
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const source = createDataSource({ url: process.argv[2], metrics: { meterProvider } });
await source.initialize();
const { watch } = source.plan;
const costs = [];
const extra = [];

await TenantContext.run({ tenantId: '0190a000-0000-7000-8000-00000000000a' }, async () => {
  const runner = source.createQueryRunner();
  const read = async (isWatched) => {
    source.plan.watch = isWatched ? watch : undefined;
    const begun = process.cpuUsage();
    for (let at = 0; at < READS; at++) await runner.query('select 1 where 1 = $1', [at]);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / READS;
  };
  for (let round = 0; round < ROUNDS; round++) {
    // In turns, since the second of two is the faster one.
    const isFirst = round % 2 === 0;
    const first = await read(isFirst);
    const second = await read(!isFirst);
    // The first rounds compile.
    if (round < ROUNDS / 6) continue;
    costs.push(isFirst ? second : first);
    extra.push(isFirst ? first - second : second - first);
  }
  await runner.release();
});
source.plan.watch = watch;
const record = recordMicros();
await source.destroy();
await meterProvider.shutdown();
console.log(JSON.stringify({ micros: median(extra), statement: median(costs), record }));

/** What the SDK takes for one value, which nobody can take from it. */
function recordMicros() {
  const histogram = meterProvider.getMeter('bare').createHistogram('bare', { unit: 's' });
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': 'name',
    'db.operation.name': 'SELECT',
  };
  const rounds = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage();
    for (let at = 0; at < READS; at++) histogram.record(0.001, attributes);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / READS;
  });
  return median(rounds);
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
