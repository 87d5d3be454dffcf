import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';
import { freePort } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';
import { blocksOf } from '../../unit/docs/code-blocks.js';

const PAGE = 'docs/health.md';

interface Example {
  readonly exporter: PrometheusExporter;
  readonly dataSource: RowguardDataSource;
}

/** The example of the page as it stands there, on a port and a database of this test. */
function example(port: number, url: string): Example {
  const [block] = blocksOf(PAGE).filter(({ text }) => text.includes('new PrometheusExporter'));
  const body = (block?.text ?? '')
    .replaceAll(/^import .*$/gm, '')
    .replace('export const', 'const')
    .replace('port: 9464', `port: ${port}`);
  const build = compileFunction(`${body}; return { exporter, dataSource };`, [
    'PrometheusExporter',
    'MeterProvider',
    'createDataSource',
  ]) as (...given: unknown[]) => Example;
  return build(PrometheusExporter, MeterProvider, (options: DatabaseModuleOptions) =>
    createDataSource({ url, entities: SHOP, ...options }),
  );
}

describe('the Prometheus example of the page', () => {
  let database: ScratchDatabase;
  let port: number;
  let running: Example;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    port = await freePort();
    running = example(port, database.url);
    await running.dataSource.initialize();
  });
  afterAll(async () => {
    await running.dataSource.destroy();
    await running.exporter.shutdown();
    await database.drop();
  });

  it('serves what the page says', async () => {
    const scraped = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const selects = (answer: string): number =>
      Number(
        /^db_client_operation_duration_count\{db_system_name="postgresql",.*db_operation_name="SELECT".*\} (\d+)/m.exec(
          answer,
        )?.[1] ?? 0,
      );
    const before = selects(await scraped());
    for (let at = 0; at < 3; at++) await as(ACME, () => running.dataSource.query('select 1'));

    const answer = await scraped();

    expect(answer).toMatch(
      /^db_client_connection_count\{.*db_client_connection_pool_name="default",.*db_client_connection_state="used".*\} 0/m,
    );
    expect(answer).toMatch(/^db_client_connection_pending_requests\{.*"default\/system".*\} 0/m);
    expect(selects(answer) - before).toBe(3);
    expect(answer).not.toMatch(/0190a000|127\.0\.0\.1|select/);
  });

  it('has every metric that the page lists, and the page every one that there is', async () => {
    await as(ACME, () => running.dataSource.query('select 1'));
    const busy = running.dataSource.databaseOptions.pool.max;
    const runners = Array.from({ length: busy }, () => running.dataSource.createQueryRunner());
    await as(ACME, () => Promise.all(runners.map((runner) => runner.connect())));
    const { master } = running.dataSource.driver as unknown as {
      master: { options: { connectionTimeoutMillis: number } };
    };
    master.options.connectionTimeoutMillis = 50;
    await expect(as(ACME, () => running.dataSource.query('select 1'))).rejects.toThrow();
    await Promise.all(runners.map((runner) => runner.release()));

    const answer = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const there = [...answer.matchAll(/^# TYPE (db_client_\w+)/gm)].map((match) =>
      match[1]?.replace(/_total$/, ''),
    );
    const page = blocksOf(PAGE)
      .map(({ text }) => text)
      .join('\n');
    expect(page).toContain('db_client_connection_timeouts_total');
    const listed = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(db\.client\.[\w.]+)`/gm)].map(
      (match) => match[1]?.replaceAll('.', '_'),
    );
    expect(there.toSorted()).toEqual(listed.toSorted());
  });
});
