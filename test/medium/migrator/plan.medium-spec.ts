import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';
import { planMigrations } from '../../../src/migrator/plan/plan-migrations.js';
import { planScript } from '../../../src/migrator/plan/plan-script.js';
import { caught } from '../../support/caught.js';
import { listenToMigrations } from '../../support/migrations/sent-by-migrations.js';
import { WAREHOUSE } from '../../support/migrations/warehouse.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const OPTIONS: DatabaseModuleOptions = { schema: 'none', migrations: WAREHOUSE };
const judge = () => Promise.resolve([]);

describe('a plan of migrations', () => {
  let database: ScratchDatabase;

  const sourceOf = (more: DatabaseModuleOptions = {}) =>
    createDataSource({ url: database.url, ...OPTIONS, ...more });
  const plan = (source: RowguardDataSource, mode: 'shadow' | 'record' = 'shadow') =>
    source.visit('a plan', () => planMigrations(source, { mode, judge }));

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    const first = sourceOf({ migrations: WAREHOUSE.slice(0, 2) });
    await first.initialize();
    await first.destroy();
    await database.asOwner((client) =>
      client.query(
        `insert into bins select gen_random_uuid(), 'x' || n from generate_series(1, 500) n; analyze bins`,
      ),
    );
  });
  afterAll(() => database.drop());

  it('holds, byte for byte, what the run then sends: of all shipped migrations and of our own', async () => {
    const other = await ScratchDatabase.create();
    const source = sourceOf({ url: other.url, schema: 'all' });
    const planned = await plan(source);
    const listener = listenToMigrations(source.migrations.map((one) => one.constructor as never));
    await source.initialize();
    listener.stop();
    await source.destroy();
    await other.drop();

    expect(planned.warnings).toEqual([]);
    expect(planned.migrations.length).toBe(source.migrations.length);
    const statements = planned.migrations.flatMap(({ name, statements: all }) =>
      all.map(({ sql, parameters }) => [name, sql, JSON.stringify(parameters ?? null)]),
    );
    expect(statements.length).toBeGreaterThan(200);
    expect(statements).toEqual(listener.sent);
  });

  it('writes nothing: it works on a database that refuses every write', async () => {
    await database.asOwner((client) =>
      client.query(`alter database ${database.name} set default_transaction_read_only = on`),
    );
    const planned = await plan(sourceOf());
    await database.asOwner(async (client) => {
      await client.query('set default_transaction_read_only = off');
      await client.query(`alter database ${database.name} reset default_transaction_read_only`);
    });

    expect(planned.migrations.map(({ name }) => name)).toEqual(
      WAREHOUSE.slice(2).map(({ name }) => name),
    );
    expect(planned.migrations.map(({ transaction }) => transaction)).toEqual([true, false]);
  });

  it('tells locks, rewrites and rows of tables that are there already', async () => {
    const planned = await plan(sourceOf());
    const widened = planned.migrations[0]?.statements.find(({ sql }) =>
      sql.includes('varchar(40)'),
    );
    expect(planned.applied).toBe(2);
    expect(planned.migrations[0]?.isDynamic).toBe(true);
    expect(widened?.locks).toEqual([
      { table: 'public.bins', mode: 'AccessExclusiveLock', isNew: false },
    ]);
    expect(widened?.rewrites).toEqual([]);
    expect(planned.rows['public.bins']).toBe(501);
    expect(planned.migrations[1]?.statements[0]?.locks[0]?.mode).toBe('ShareUpdateExclusiveLock');
  });

  it('only reads them where it is asked to, and says that nothing was followed', async () => {
    const planned = await plan(sourceOf(), 'record');
    expect(planned.migrations.every(({ isTraced }) => !isTraced)).toBe(true);
    expect(planned.migrations.at(-1)?.statements.map(({ sql }) => sql)).toEqual([
      'CREATE INDEX CONCURRENTLY bins_code ON bins (code)',
    ]);
  });

  it('says which migration needs an approval', async () => {
    const source = sourceOf();
    const planned = await source.visit('a plan', () =>
      planMigrations(source, {
        judge: (all) =>
          Promise.resolve([
            {
              rule: 'D06',
              severity: 'destructive' as const,
              migration: all[0]?.name ?? '',
              statement: 0,
              sql: '',
              problem: '',
              mend: '',
            },
          ]),
      }),
    );
    expect(planned.migrations.map(({ needsApproval }) => needsApproval).slice(0, 2)).toEqual([
      true,
      false,
    ]);
  });

  it('becomes a script with the transactions that the run would open', async () => {
    const script = planScript(await plan(sourceOf()));
    expect(script).toMatch(
      /BEGIN;\n[^]*varchar\(40\);\n[^]*COMMIT;\n\n-- IndexCodes1900000000004\nCREATE INDEX CONCURRENTLY/,
    );
  });

  it('goes on without the shadow where the applied migrations do not run there', async () => {
    class NeedsMore1800000000001 {
      up(runner: { query(sql: string): Promise<unknown> }) {
        return runner.query('CREATE EXTENSION hstore');
      }
      down() {
        return Promise.resolve();
      }
    }
    await database.asOwner((client) =>
      client.query(
        `insert into migrations (timestamp, name) values (1800000000001, 'NeedsMore1800000000001')`,
      ),
    );
    const planned = await plan(
      sourceOf({ migrations: [NeedsMore1800000000001 as never, ...WAREHOUSE] }),
    );
    await database.asOwner((client) =>
      client.query(`delete from migrations where timestamp = 1800000000001`),
    );
    expect(planned.warnings.join()).toContain('NeedsMore1800000000001');
    expect(planned.migrations.at(-1)?.statements).toHaveLength(1);
  });

  it('refuses a mode that there is not', async () => {
    const error = await caught(plan(sourceOf(), 'guess' as never));
    expect(error).toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });
});
