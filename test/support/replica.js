import { createInterface } from 'node:readline';
import { createDataSource } from 'nestjs-rowguard';
import { Logger } from '@nestjs/common';

/**
 * One replica of an application, as a process of its own: it says when it is up, or what went wrong.
 * With REPLICA_WAITS it starts on each database that it is told, without a new process for each.
 * REPLICA_SLOW_MS makes one migration slow, for whoever wants to end it half-way.
 */
Logger.overrideLogger(['error']);
// So that the history tells which process has run what.
process.env.ROWGUARD_BY = String(process.pid);
const slow = Number(process.env.REPLICA_SLOW_MS ?? 0);

const step = (name, up, down, more = {}) =>
  class {
    name = name;
    constructor() {
      Object.assign(this, more);
    }
    async up(runner) {
      for (const sql of up) await runner.query(sql);
    }
    async down(runner) {
      for (const sql of down) await runner.query(sql);
    }
  };

const migrations = [
  step(
    'CreateParts1700000000001',
    ['create table parts (id int primary key, name text)'],
    ['drop table parts'],
  ),
  step(
    'FillParts1700000000002',
    [`insert into parts select n, 'part ' || n from generate_series(1, 200) n`],
    ['delete from parts'],
  ),
  step(
    'IndexParts1700000000003',
    ['create index concurrently ix_parts_name on parts (name)'],
    ['drop index concurrently ix_parts_name'],
  ),
  step(
    'AddSize1700000000004',
    [
      'create table half_done (id int)',
      `select pg_sleep(${slow / 1000})`,
      'alter table parts add size int',
    ],
    ['alter table parts drop size', 'drop table half_done'],
  ),
  step(
    'CountParts1700000000005',
    ['create table counts as select count(*) as n from parts'],
    ['drop table counts'],
  ),
];

const start = async (url) => {
  const source = createDataSource({ url, migrations, pool: { systemMax: 3 } });
  try {
    await source.initialize();
    const upAt = Date.now();
    await source.destroy();
    return { upAt, pid: process.pid };
  } catch (error) {
    return { upAt: Date.now(), pid: process.pid, error: String(error) };
  }
};
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

if (process.env.REPLICA_WAITS) {
  tell({ upAt: Date.now() });
  for await (const url of createInterface({ input: process.stdin })) tell(await start(url));
} else {
  const answer = await start(process.env.DATABASE_URL);
  tell(answer);
  if (answer.error) process.exitCode = 1;
}
