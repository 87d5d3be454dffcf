import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, TenantContext, createDataSource } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { FIRM, Firm, LEVELS, growth } from '../../support/soft-delete/firm.js';
import { PlainFirm, openPlainFirm } from '../../support/soft-delete/plain-firm.js';
import { ACME } from '../../support/shop.js';
import { WireProxy } from '../../support/wire-proxy.js';

const BELOW_EACH = [10, 10, 100, 9] as const;
const DESCENDANTS = 10 + 100 + 10_000 + 90_000;
const MOST_STATEMENTS = 2 * (BELOW_EACH.length + 1);
const SITES = 20;
const TEAMS = 100;

/** Nothing of what a transaction needs around its statements. */
const AROUND =
  /^\s*(?:begin|start transaction|commit|rollback|savepoint|release|select set_config)/i;

describe('a deletion that takes a hundred thousand rows along', () => {
  let database: ScratchDatabase;
  let proxy: WireProxy;
  let source: RowguardDataSource;
  const work = <T>(go: () => Promise<T>) =>
    TenantContext.run({ tenantId: ACME, actorId: 'director' }, go);

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    proxy = await WireProxy.start(database.url);
    source = createDataSource({ url: proxy.url, entities: FIRM, pool: { max: 1 } });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await proxy.close();
    await database.drop();
  });

  const grow = async (counts: readonly number[]): Promise<string> => {
    await database.asOwner((client) => client.query('truncate firms cascade'));
    const { id } = await work(() => source.getRepository(Firm).save({ name: 'one' }));
    await database.asOwner(async (client) => {
      for (const sql of growth(ACME, counts)) await client.query(sql);
      await client.query('analyze');
    });
    return id;
  };

  it('needs two statements a level, loads none, and is undone exactly', async () => {
    const id = await grow(BELOW_EACH);
    await database.asOwner((client) =>
      client.query(`update tasks set deleted_at = now() where random() < 0.01`),
    );
    const before = await livingRows(database);
    const gone = await proxy.during(() => work(() => source.getRepository(Firm).softDelete(id)));
    const between = await livingRows(database);
    const back = await proxy.during(() => work(() => source.getRepository(Firm).restore(id)));
    const after = await livingRows(database);

    atMost('statements of the deletion, over 5 levels', statements(gone.texts), MOST_STATEMENTS);
    atMost('rows that the deletion loaded', gone.rows - gone.roundTrips, 0);
    atMost('statements of the restoration, over 5 levels', statements(back.texts), MOST_STATEMENTS);
    atMost('rows left living below', between.total, 0);
    bar(
      'descendants deleted',
      before.below,
      `>= ${DESCENDANTS * 0.98}`,
      (n) => n > DESCENDANTS * 0.98,
    );
    bar('rows living again', after.total, String(before.total), (n) => n === before.total);
    bar('rows other than before', after.hash === before.hash ? 0 : 1, '0', (n) => n === 0);

    expect({ between: between.total, hash: after.hash }).toEqual({ between: 0, hash: before.hash });
  });

  it('beside softRemove of TypeORM alone, in the same run', async () => {
    const plain = await openPlainFirm();
    const firms = plain.source.getRepository(PlainFirm);
    const firm = await firms.save({ name: 'plain' });
    await plain.source.query(
      `insert into sites ("firmId") select $1 from generate_series(1, ${SITES})`,
      [firm.id],
    );
    await plain.source.query(
      `insert into teams ("siteId") select id from sites, generate_series(1, ${TEAMS})`,
    );
    const theirs = await seconds(async () => {
      const loaded = await firms.findOneOrFail({
        where: { id: firm.id },
        relations: { sites: { teams: true } },
      });
      await firms.softRemove(loaded);
    });
    await plain.close();
    const id = await grow([SITES, TEAMS, 0, 0]);
    const ours = await seconds(() => work(() => source.getRepository(Firm).softDelete(id)));
    const times = Math.round(theirs / ours);

    bar(
      `times as fast as softRemove, ${SITES * TEAMS + SITES} descendants`,
      times,
      '>= 5',
      (n) => n >= 5,
    );
    expect(times).toBeGreaterThanOrEqual(5);
  });
});

function statements(texts: readonly string[]): number {
  return texts.filter((text) => !AROUND.test(text)).length;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

/** How many rows live, and which. */
async function livingRows(database: ScratchDatabase) {
  const selects = LEVELS.map(
    ([table]) => `select '${table}' as place, id from ${table} where deleted_at is null`,
  );
  const [row] = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ total: number; below: number; hash: string }>(
      `select count(*)::int as total, (count(*) filter (where place <> 'firms'))::int as below,
         md5(string_agg(place || id, ',' order by place, id)) as hash
       from (${selects.join(' union all ')}) as living`,
    );
    return rows;
  });
  return row ?? { total: -1, below: -1, hash: '' };
}

function atMost(name: string, measured: number, most: number): void {
  bar(name, measured, `<= ${most}`, (n) => n <= most);
}

function bar(name: string, measured: number, target: string, holds: (n: number) => boolean): void {
  recordBar({ bar: name, measured, target, passed: holds(measured) });
}
