import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TestFailureError, createDataSource } from 'nestjs-rowguard';
import { TestDatabase, expectIsolated } from 'nestjs-rowguard/testing';
import { onServer } from '../../../src/testing/database/admin.js';
import { copyOf } from '../../../src/testing/database/own-database.js';
import { ServerTemplates } from '../../../src/testing/database/server-templates.js';
import { SharedServer } from '../../../src/testing/server/shared-server.js';
import { type Bar, recordBar } from '../../support/bars.js';
import { PLAIN_REFERENCE, PLANTED_DEFECTS } from '../../support/planted-defects.js';
import { ACME, Customer, GLOBEX, Invoice, Label, SHOP } from '../../support/shop.js';

const TESTS = 1_000;
const CLONES = 20;
const EMBEDDED_COPIES = 15;
const WORKERS = 8;
const TEST_MS = 100;
const MOST_MS = { rollback: 1, clone: 50, embedded: 800 };

describe('tests that are kept apart', () => {
  let server: SharedServer;
  let db: TestDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await SharedServer.join();
    db = await TestDatabase.start({ engine: 'server', entities: SHOP, isolation: 'rollback' });
  }, 120_000);

  afterAll(async () => {
    await db?.stop();
    await server?.leaveAndWait();
  });

  it('cost next to nothing', async () => {
    const times: number[] = [];
    for (let at = 0; at < TESTS; at++) {
      const started = performance.now();
      await db.isolate(() => Promise.resolve());
      times.push(performance.now() - started);
    }
    check({
      bar: `isolating a test by rollback, median of ${TESTS}`,
      measured: `${medianOf(times).toFixed(2)} ms`,
      target: `at most ${MOST_MS.rollback} ms`,
      passed: medianOf(times) <= MOST_MS.rollback,
    });
  }, 60_000);

  it('are copied from a template fast', async () => {
    const key = 'abcdef0123456789abcdef01';
    await new ServerTemplates(server.url).get(key, async (url) => {
      const source = createDataSource({ url, entities: SHOP });
      await source.initialize();
      await source.destroy();
    });
    const times = await onServer(server.url, async (client) => {
      const template = `rowguard_tpl_${key}`;
      const taken: Record<'ours' | 'log', number[]> = { ours: [], log: [] };
      const ways = {
        ours: await copyOf(client, template),
        log: `template ${template} strategy wal_log`,
      };
      for (let at = 0; at < 2 * CLONES; at++) {
        const way = at % 2 === 0 ? 'ours' : 'log';
        const started = performance.now();
        await client.query(`create database copy_${at} ${ways[way]}`);
        taken[way].push(performance.now() - started);
        await client.query(`drop database copy_${at}`);
      }
      return taken;
    });
    const [median, byLog] = [medianOf(times.ours), medianOf(times.log)];
    check({
      bar: `copying a template, median of ${CLONES}, in /${server.directory.split('/')[1]}`,
      measured: `${median.toFixed(0)} ms (by way of the log: ${byLog.toFixed(0)} ms)`,
      target: `at most ${MOST_MS.clone} ms`,
      passed: median <= MOST_MS.clone,
    });
  }, 120_000);

  it('wait for no copy that was made while they ran', async () => {
    const own = await TestDatabase.start({
      engine: 'server',
      entities: SHOP,
      isolation: 'template',
    });
    const times: number[] = [];
    for (let at = 0; at < CLONES; at++) {
      const started = performance.now();
      await own.isolate(async () => {
        await own.as(ACME, () => own.repository(Label).save({ name: 'one' }));
        await new Promise((resolve) => setTimeout(resolve, TEST_MS));
      });
      times.push(performance.now() - started - TEST_MS);
    }
    await own.stop();
    check({
      bar: `a new database for each test that writes and takes ${TEST_MS} ms, beyond that time, median of ${CLONES}`,
      measured: `${medianOf(times).toFixed(0)} ms`,
      target: `at most ${MOST_MS.clone} ms`,
      passed: medianOf(times) <= MOST_MS.clone,
    });
  }, 120_000);

  it('are emptied fast', async () => {
    const own = await TestDatabase.start({
      engine: 'server',
      entities: SHOP,
      isolation: 'truncate',
    });
    const times: number[] = [];
    for (let at = 0; at < CLONES; at++) {
      await own.as(ACME, () => own.repository(Label).save({ name: 'one' }));
      const started = performance.now();
      await own.clear();
      times.push(performance.now() - started);
    }
    await own.stop();
    check({
      bar: `emptying a database after a test, median of ${CLONES}`,
      measured: `${medianOf(times).toFixed(0)} ms`,
      target: `at most ${MOST_MS.clone} ms`,
      passed: medianOf(times) <= MOST_MS.clone,
    });
  }, 120_000);

  it('are copied in memory as well', async () => {
    const embedded = await TestDatabase.start({ entities: SHOP, isolation: 'template' });
    const times: number[] = [];
    for (let at = 0; at < EMBEDDED_COPIES; at++) {
      const started = performance.now();
      await embedded.isolate(() => Promise.resolve());
      times.push(performance.now() - started);
    }
    await embedded.stop();
    check({
      bar: `a new copy on the embedded engine, median of ${EMBEDDED_COPIES}`,
      measured: `${medianOf(times).toFixed(0)} ms`,
      target: `at most ${MOST_MS.embedded} ms`,
      passed: medianOf(times) <= MOST_MS.embedded,
    });
  }, 120_000);

  it('see no row of each other', async () => {
    const options = { engine: 'server' as const, entities: SHOP, isolation: 'rollback' as const };
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () => TestDatabase.start(options)),
    );
    const leaks = await Promise.all(
      workers.map((worker) => shuffledTests(worker, Math.ceil(TESTS / WORKERS))),
    );
    await Promise.all(workers.map((worker) => worker.stop()));
    const count = leaks.reduce((sum, one) => sum + one, 0);
    check({
      bar: `rows of other tests seen by ${TESTS} shuffled tests on ${WORKERS} databases at once`,
      measured: count,
      target: '0',
      passed: count === 0,
    });
  }, 120_000);

  it('find every planted defect', async () => {
    let found = 0;
    for (const { sql, told } of PLANTED_DEFECTS) {
      found += Number(await isFound(`do $do$ begin ${sql}; end $do$`, told, Label));
    }
    found += Number(await isFound(PLAIN_REFERENCE.sql, PLAIN_REFERENCE.told, Invoice));
    const planted = PLANTED_DEFECTS.length + 1;
    check({
      bar: 'planted defects that expectIsolated finds, and names',
      measured: `${found} of ${planted}`,
      target: 'all',
      passed: found === planted,
    });
  }, 120_000);

  function isFound(sql: string, told: string, entity: typeof Label | typeof Invoice) {
    const make = async () => {
      const customer = await db.repository(Customer).save({ email: `${Math.random()}@x.example` });
      return db.repository(Invoice).save({ number: `${Math.random()}`, customerId: customer.id });
    };
    return db.isolate(async () => {
      await db.source.plan.pinned?.bare(sql);
      const outcome = await expectIsolated(
        db,
        entity as typeof Label,
        entity === Invoice ? { make: make as never } : {},
      ).catch((error: unknown) => error);
      return outcome instanceof TestFailureError && outcome.message.includes(told);
    });
  }
});

/** Each writes for two tenants and the system, and counts what it did not write. */
async function shuffledTests(worker: TestDatabase, count: number): Promise<number> {
  const labels = worker.repository(Label);
  let leaks = 0;
  const kinds = [
    async () => {
      await worker.as(ACME, () => labels.save({ name: 'one' }));
      return (await worker.asSystem(() => labels.count())) - 1;
    },
    async () => {
      await worker.as(GLOBEX, () =>
        worker.source.transaction(async (manager) => {
          await manager.save(Label, { name: 'one' });
          await manager.save(Label, { name: 'two' });
        }),
      );
      return (await worker.as(GLOBEX, () => labels.count())) - 2;
    },
    async () => {
      await TenantContext.run({ tenantId: ACME }, () => labels.insertMany([{ name: 'one' }]));
      await worker.as(ACME, () => labels.softDelete({ name: 'one' }));
      return (await worker.asSystem(() => labels.count({ withDeleted: true }))) - 1;
    },
    () => worker.asSystem(() => labels.count({ withDeleted: true })),
  ];
  for (let at = 0; at < count; at++) {
    const kind = kinds[Math.floor(Math.random() * kinds.length)] as () => Promise<number>;
    leaks += Math.abs(await worker.isolate(kind));
  }
  return leaks;
}

function check(bar: Bar): void {
  recordBar(bar);
  process.stdout.write(`${bar.bar}: ${bar.measured}\n`);
  expect(bar).toMatchObject({ passed: true });
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
