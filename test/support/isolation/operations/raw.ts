import type { ReadStream } from 'node:fs';
import type { Actor, Operation } from '../operation.js';
import { CUSTOMERS, INVOICES } from '../kinds.js';

export async function drained(stream: ReadStream): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of stream as AsyncIterable<unknown>) rows.push(row);
  return rows;
}

async function onRunner<T>(
  actor: Actor,
  work: (runner: ReturnType<Actor['source']['createQueryRunner']>) => Promise<T>,
): Promise<T> {
  const runner = actor.source.createQueryRunner();
  try {
    return await work(runner);
  } finally {
    await runner.release();
  }
}

const RAW_SQL: readonly Omit<Operation, 'raw'>[] = [
  {
    name: 'raw query on the data source',
    run: (a) => a.source.query(`select * from ${a.anyKind().table}`),
  },
  {
    name: 'raw query on the manager',
    run: (a) => a.manager.query(`select * from ${a.anyKind().table}`),
  },
  {
    name: 'raw query on a repository',
    run: (a) => a.repository(a.anyKind()).query('select * from customers where version > $1', [0]),
  },
  {
    name: 'raw query on a runner',
    run: (a) =>
      onRunner(a, (runner) =>
        runner.query(`select * from ${a.anyKind().table} where version >= $1`, [0], true),
      ),
  },
  {
    name: 'sql tag on the data source',
    run: (a) => a.source.sql`select * from invoices where total > ${0}`,
  },
  {
    name: 'sql tag on the manager',
    run: (a) => a.manager.sql`select * from invoices where total > ${0}`,
  },
  {
    name: 'sql tag on a repository',
    run: (a) => a.invoices.sql`select * from invoices where version >= ${1}`,
  },
  {
    name: 'raw joins over everything',
    run: (a) =>
      a.source.query(
        `select i.number, c.email, l.name, r.body from invoices i, customers c, labels l, letters r
         where 1 = 1 or c.id = i.customer_id limit 200`,
      ),
  },
  {
    name: 'raw union, common table expression and lateral join',
    run: (a) =>
      a.source.query(
        `with all_of_it as (select email as text, tenant_id from customers union all select number, tenant_id from invoices)
         select a.*, b.name from all_of_it a left join lateral (select name from folders limit 1) b on true
         union select name, tenant_id, null from categories`,
      ),
  },
  {
    name: 'raw recursive query',
    run: (a) =>
      a.source.query(
        `with recursive down as (select * from folders where parent_id is null
           union all select f.* from folders f join down d on f.parent_id = d.id) select * from down`,
      ),
  },
  {
    name: 'raw aggregates and window functions',
    run: (a) =>
      a.source.query(
        `select count(*) over (), string_agg(number, ',') over (), first_value(number) over (order by total desc) from invoices`,
      ),
  },
  {
    name: 'raw explain',
    run: (a) => a.source.query(`explain (analyze, verbose) select * from ${a.anyKind().table}`),
  },
  {
    name: 'raw xml and json of a table',
    run: async (a) => [
      await a.source.query(`select jsonb_agg(c) from customers c`),
      await a.source.query(`select table_to_xml('customers', true, false, '')`),
    ],
  },
  {
    name: 'stream of a runner',
    run: (a) =>
      onRunner(a, async (runner) => drained(await runner.stream('select * from customers'))),
  },
  {
    name: 'a cursor in a transaction',
    run: (a) =>
      a.source.transaction(async (manager) => {
        await manager.query('declare rows cursor for select * from invoices');
        return [
          await manager.query('fetch 3 from rows'),
          await manager.query('fetch all from rows'),
        ];
      }),
  },
  {
    name: 'raw query in a savepoint that is undone',
    run: (a) =>
      a.source.transaction(async (manager) => {
        await manager.query('savepoint here');
        await manager.query('update customers set note = $1', [a.text()]);
        await manager.query('rollback to savepoint here');
        return manager.query('select * from customers');
      }),
    writes: true,
  },
  {
    name: 'raw insert, update and delete of everything',
    writes: true,
    run: async (a) => [
      await a.source.query('insert into labels (name, version) values ($1, 1) returning *', [
        a.text(),
      ]),
      await a.source.query('update customers set note = $1 returning *', [a.text()]),
      await a.source.query('delete from letters returning *'),
    ],
  },
  {
    name: 'raw update and delete with other tables',
    writes: true,
    run: async (a) => [
      await a.source.query(
        'update invoices i set deleted_by = c.email from customers c where true returning c.email',
      ),
      await a.source.query(
        'delete from letters r using customers c where c.version > 0 returning *',
      ),
    ],
  },
  {
    name: 'raw upsert and merge',
    writes: true,
    run: async (a) => [
      await a.source.query(
        `insert into customers (id, email, version) values ($1, $2, 1)
         on conflict (tenant_id, id) do update set email = excluded.email returning *`,
        [a.own(CUSTOMERS).id, a.text()],
      ),
      await a.source.query(
        `merge into invoices i using customers c on i.customer_id = c.id when matched then update set deleted_by = c.email`,
      ),
    ],
  },
  {
    name: 'raw insert from a select',
    writes: true,
    run: (a) =>
      a.source.query(
        `insert into labels (name, version) select email || gen_random_uuid()::text, 1 from customers returning *`,
      ),
  },
  {
    name: 'a released runner',
    attack: 'refused',
    run: async (a) => {
      const runner = a.source.createQueryRunner();
      await runner.query('select 1').catch(() => undefined);
      await runner.release();
      return runner.query('select * from customers');
    },
  },
];

export const RAW: readonly Operation[] = [
  ...RAW_SQL.map((one) => ({ raw: one.attack === undefined, ...one })),
  {
    name: 'stream of a builder',
    run: async (a) =>
      drained(await a.builder(a.anyKind()).where('version > :v', { v: 0 }).stream()),
  },
  {
    name: 'stream of a builder with a join',
    run: async (a) =>
      drained(await a.builder(INVOICES).leftJoinAndSelect(CUSTOMERS.entity, 'c', '1 = 1').stream()),
  },
];
