import { createDataSource } from 'nestjs-rowguard';
import { Logger } from '@nestjs/common';

/**
 * One replica of an application, as a process of its own: it says when it is up, how long that took,
 * and what went wrong. REPLICA_SLOW_MS makes one migration slow, for whoever wants to end it half-way.
 */
Logger.overrideLogger(['error']);
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

const started = Date.now();
const source = createDataSource({ migrations, pool: { systemMax: 3 } });
try {
  await source.initialize();
  process.stdout.write(`${JSON.stringify({ upAt: Date.now(), ms: Date.now() - started })}\n`);
  await source.destroy();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ upAt: Date.now(), error: String(error) })}\n`);
  process.exitCode = 1;
}
