import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CheckpointRepository,
  JobRepository,
  ResultRepository,
  TenantContext,
} from 'nestjs-rowguard';
import { partsOf } from '../../../src/domain-catalog.js';
import { classOf } from '../../../src/entities/entity-classification.js';
import { recordBar } from '../../support/bars.js';
import { RESULTS, fillWithManyRows, studyId, tenantId } from '../../support/scale/many-rows.js';
import { type PlanRules, planFindings } from '../../support/scale/plans.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';
import type { AskedStatement } from '../../support/statement-log.js';

const JOBS = 10_000;
const WORKERS = 16;
const BIG = ['results', 'jobs', 'cost_records', 'studies'];
const ASKER = 500;

/** The domains whose own tests ask every question of their repositories. */
const DOMAINS = partsOf('all').map((part) => part.name);

describe('the shipped schema with many rows', () => {
  let shipped: ShippedSource;
  let asked: AskedStatement[];
  const as = <T>(tenant: number, work: () => Promise<T>) =>
    TenantContext.run({ tenantId: tenantId(tenant) }, work);

  beforeAll(async () => {
    asked = statementsOfTests(DOMAINS.map((name) => `medium/${name}/`));
    shipped = await openShipped('all');
    await shipped.database?.asOwner(fillWithManyRows);
  }, 900_000);
  afterAll(() => shipped.close());

  it('answers each question of a repository by an index that the tenant leads', async () => {
    const rules: PlanRules = {
      big: new Set(BIG),
      tenantIndexes: await indexesOfBigTables(shipped),
    };

    const answer = await shipped.database?.asOwner((client) =>
      planFindings(client, tenantId(ASKER), asked, rules),
    );
    const usable = await shipped.database?.asOwner(async (client) => {
      // Small tables are rightly read from end to end; asked not to, the planner shows its index.
      await client.query('set enable_seqscan = off');
      const everything = new Set(tenantTables(shipped));
      return planFindings(client, tenantId(ASKER), asked, { ...rules, big: everything });
    });
    const all = [...(answer?.findings ?? []), ...(usable?.findings ?? [])];
    process.stdout.write(`${all.map((one) => `${one.problem}: ${one.sql}`).join('\n')}\n`);
    bar('results, of 1,000 tenants', RESULTS, '>= 1000000', (n) => n >= 1_000_000);
    bar('statements of repositories explained', answer?.explained ?? 0, '>= 300', (n) => n >= 300);
    bar(
      'plans that scan a big table or leave the tenant out',
      answer?.findings.length ?? -1,
      '0',
      isNone,
    );
    bar(
      'statements for which a tenant table has no index',
      usable?.findings.length ?? -1,
      '0',
      isNone,
    );

    expect(all).toEqual([]);
  });

  it('makes 10,000 jobs of a manifest in one transaction', async () => {
    const jobs = new JobRepository(shipped.source);
    const manifest = Array.from({ length: JOBS }, (_, at) => ({
      key: `big-${at}`,
      payload: { at },
    }));
    const start = performance.now();

    const made = await as(ASKER, () => jobs.createFromManifest(studyId(ASKER, 1), manifest));

    const seconds = (performance.now() - start) / 1_000;
    const again = await as(ASKER, () => jobs.createFromManifest(studyId(ASKER, 1), manifest));
    bar('jobs of one manifest', made.length, `${JOBS}`, (n) => n === JOBS);
    bar('transactions that wrote them', await writersOf(shipped, 'big-%'), '1', (n) => n === 1);
    bar('seconds that they took', Math.round(seconds * 100) / 100, '<= 10', (n) => n <= 10);
    bar(
      'jobs that the same manifest made again',
      again.filter((job, at) => job.id !== made[at]?.id).length,
      '0',
      isNone,
    );

    expect(made.map((job) => job.manifestKey)).toEqual(manifest.map((entry) => entry.key));
  });

  it('hands out each job exactly once to 16 workers', async () => {
    const jobs = new JobRepository(shipped.source);
    const study = studyId(ASKER + 1, 1);
    const keys = Array.from({ length: JOBS }, (_, at) => ({ key: `claim-${at}` }));
    await as(ASKER + 1, () => jobs.createFromManifest(study, keys));
    const waiting = await as(ASKER + 1, () => jobs.countBy({ studyId: study, status: 'pending' }));

    const handedOut = await Promise.all(
      Array.from({ length: WORKERS }, (_, worker) =>
        as(ASKER + 1, async () => {
          const mine: string[] = [];
          for (;;) {
            const claimed = await jobs.claimNext(study, 10, `worker-${worker}`);
            if (claimed.length === 0) return mine;
            mine.push(...claimed.map((job) => job.id));
          }
        }),
      ),
    );

    const ids = handedOut.flat();
    bar('jobs claimed by 16 workers', ids.length, `${waiting}`, (n) => n === waiting);
    bar('jobs claimed twice', ids.length - new Set(ids).size, '0', isNone);
    bar(
      'workers that got some',
      handedOut.filter((mine) => mine.length > 0).length,
      '16',
      (n) => n === WORKERS,
    );

    expect(new Set(ids).size).toBe(waiting);
  });

  it('reads one study among a million results as fast as it should', async () => {
    const results = new ResultRepository(shipped.source);
    const checkpoints = new CheckpointRepository(shipped.source);

    const stats = await as(ASKER, () => results.getStudyStats(studyId(ASKER, 2)));
    const page = await as(ASKER, () =>
      results.findByStudyId(studyId(ASKER, 2), { page: 2, limit: 20 }),
    );

    expect(stats.results).toEqual({ total: 100, succeeded: 90, failed: 10 });
    expect(page.items).toHaveLength(20);
    await expect(as(ASKER, () => checkpoints.latest(studyId(ASKER, 2)))).resolves.toBeNull();
    await expect(as(1, () => results.findByStudyId(studyId(ASKER, 2), {}))).resolves.toMatchObject({
      total: 0,
    });
  });
});

function statementsOfTests(paths: readonly string[]): AskedStatement[] {
  const directory = mkdtempSync(join(tmpdir(), 'rowguard-statements-'));
  const file = join(directory, 'asked.jsonl');
  spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--testPathPatterns',
      ...paths,
    ],
    { stdio: 'ignore', env: { ...process.env, ROWGUARD_BARS: '', ROWGUARD_STATEMENTS: file } },
  );
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(directory, { recursive: true, force: true });
  const statements = lines.map((line) => JSON.parse(line) as AskedStatement);
  return [...new Map(statements.map((one) => [one.sql, one])).values()];
}

/** Each row carries the transaction that wrote it. */
async function writersOf({ database }: ShippedSource, keys: string): Promise<number> {
  const answer = await database?.asOwner((client) =>
    client.query<{ writers: number }>(
      'select count(distinct xmin::text)::int as writers from jobs where manifest_key like $1',
      [keys],
    ),
  );
  return answer?.rows[0]?.writers ?? -1;
}

function tenantTables({ source }: ShippedSource): string[] {
  const tables = source.entityMetadatas.filter(
    (one) => classOf(one) === 'tenant' && one.tableType !== 'view',
  );
  return tables.map((one) => one.tableName);
}

async function indexesOfBigTables(shipped: ShippedSource): Promise<Set<string>> {
  const answer = await shipped.database?.asOwner((client) =>
    client.query<{ name: string }>(
      'select indexrelid::regclass::text as name from pg_index where indrelid::regclass::text = any($1)',
      [BIG],
    ),
  );
  return new Set(answer?.rows.map((row) => row.name.replaceAll('"', '')));
}

function isNone(count: number): boolean {
  return count === 0;
}

function bar(name: string, measured: number, target: string, holds: (n: number) => boolean): void {
  recordBar({ bar: name, measured, target, passed: holds(measured) });
}
