import { CUSTOMERS, FLAT_KINDS, INVOICES } from '../kinds.js';
import type { Actor, Operation } from '../operation.js';
import { drained } from './raw.js';

/** Statements that have to be refused wherever they come from. `$tenant`: another tenant's id. */
export const REFUSED_SQL: readonly string[] = [
  `select set_config('rowguard.tenant_id', '$tenant', true)`,
  `select set_config('rowguard.tenant_id', '$tenant', false)`,
  `select pg_catalog.set_config('rowguard.tenant_id', '$tenant', true)`,
  `select "set_config"('rowguard.tenant_id', '$tenant', true)`,
  `select set_config('rowguard.' || 'tenant_id', '$tenant', true)`,
  `select set_config(E'rowguard.tenant\\x5fid', '$tenant', true)`,
  `select U&"set\\005fconfig"('rowguard.tenant_id', '$tenant', true)`,
  `select set_config('role', 'rowguard_system', true)`,
  `select set_config('row_security', 'off', true)`,
  `select set_config('search_path', 'pg_temp', false)`,
  `with forged as materialized (select set_config('rowguard.tenant_id', '$tenant', true)) select c.* from customers c, forged`,
  `set rowguard.tenant_id = '$tenant'`,
  `set local rowguard.tenant_id = '$tenant'`,
  `set session "rowguard.tenant_id" = '$tenant'`,
  `/* */ set role rowguard_system`,
  `set local role rowguard_system`,
  `set session authorization postgres`,
  `reset all`,
  `reset role`,
  `discard all`,
  `update pg_settings set setting = '$tenant' where name = 'rowguard.tenant_id'`,
  `select query_to_xml('select set_config(''rowguard.tenant_id'', ''$tenant'', true)', true, true, '')`,
  `do $$ begin perform set_config('rowguard.tenant_id', '$tenant', true); end $$`,
  `prepare stolen as select * from customers`,
  `execute rowguard_bind('$tenant', '', '', '')`,
  `deallocate all`,
  `copy customers to stdout`,
  `truncate customers`,
  `create table public.stolen as select * from customers`,
  `create temporary table stolen as select * from customers`,
  `select * into temporary stolen from customers`,
  `select * into pg_temp.customers from customers`,
  `with c as (select * from customers) select * into temp stolen from c`,
  `explain analyze create temporary table stolen as select * from customers`,
  `explain (analyze) create table pg_temp.stolen as select * from customers`,
  `explain analyze execute rowguard_bind('$tenant', '', '', '')`,
  `declare stolen cursor with hold for select * from customers`,
  `select pg_advisory_lock(1)`,
  `alter table customers disable row level security`,
  `create policy open on customers using (true)`,
  `drop policy customers_tenant_guard on customers`,
  `grant rowguard_system to public`,
  `listen everything`,
  `select 1; select * from customers`,
  `begin; select * from customers`,
  `commit; set role rowguard_system; select * from customers`,
  `begin -- \r; select * from customers`,
];

/** Reads that may be sent, but show nobody else's rows. */
const HARMLESS_SQL: readonly string[] = [
  `select * from customers where tenant_id = '$tenant'`,
  `select * from customers where tenant_id = '$tenant' or 1 = 1`,
  `select c.* from customers c join invoices i on i.tenant_id = '$tenant' or true`,
  `select * from only customers where tenant_id <> rowguard_tenant_id()`,
  `select most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'customers'`,
  `select count(*) from customers having count(*) > 0 and bool_or(tenant_id = '$tenant')`,
  `select lag(email) over (order by tenant_id) from customers`,
  `table customers`,
  // PostgreSQL nests comments, and ends a line comment at a carriage return as well.
  `/* /* */ begin */ select * from customers`,
  `--\rselect * from customers where '' <> $$\nbegin$$`,
  `values ((select string_agg(email, ',') from customers where tenant_id = '$tenant'))`,
  `select * from customers for update`,
  `select email from customers where email ~ 'kanari' and 1 / (case when tenant_id = '$tenant' then 0 else 1 end) > 0`,
];

const WRITING_SQL: readonly string[] = [
  `/* /* */ commit */ delete from letters`,
  `update customers set note = 'taken' where tenant_id = '$tenant'`,
  `delete from letters where tenant_id = '$tenant' or 1 = 1`,
  `update customers set note = 'taken' from invoices i where i.tenant_id = '$tenant' or true`,
];

const REFUSED_WRITES: readonly string[] = [
  `insert into customers (tenant_id, email, version) values ('$tenant', 'planted', 1)`,
  `update customers set tenant_id = '$tenant'`,
  `insert into customers (tenant_id, id, email, version) select '$tenant', gen_random_uuid(), 'planted', 1`,
  `insert into countries (code) values (gen_random_uuid()::text)`,
  `delete from countries`,
  `insert into invoices (number, customer_id, version) select 'x', '$customer', 1`,
  `update invoices set customer_id = '$customer'`,
];

function filled(actor: Actor, sql: string): string {
  return sql
    .replaceAll('$tenant', actor.stranger)
    .replaceAll('$customer', actor.foreign(CUSTOMERS).id);
}

async function send(actor: Actor, sql: string): Promise<unknown> {
  const text = filled(actor, sql);
  actor.noted = sql;
  switch (actor.random.below(4)) {
    case 0:
      return actor.source.query(text);
    case 1:
      return actor.source.transaction((manager) => manager.query(text));
    case 2:
      return actor.manager.query(text);
    default: {
      const runner = actor.source.createQueryRunner();
      try {
        return actor.random.chance(0.5)
          ? await drained(await runner.stream(text))
          : await runner.query(text);
      } finally {
        await runner.release();
      }
    }
  }
}

export const ATTACKS_BY_SQL: readonly Operation[] = [
  {
    name: 'attack: SQL that forges the context or outlives it',
    attack: 'refused',
    writes: true,
    run: (a) => send(a, a.random.pick(REFUSED_SQL)),
  },
  {
    name: 'attack: SQL that names another tenant',
    attack: 'harmless',
    raw: true,
    run: (a) => send(a, a.random.pick(HARMLESS_SQL)),
  },
  {
    name: 'attack: SQL that writes to another tenant',
    attack: 'harmless',
    raw: true,
    writes: true,
    run: (a) => send(a, a.random.pick(WRITING_SQL)),
  },
  {
    name: 'attack: SQL that has to be refused by the database',
    attack: 'refused',
    raw: true,
    writes: true,
    run: (a) => send(a, a.random.pick(REFUSED_WRITES)),
  },
  {
    name: 'attack: what other sessions are doing',
    attack: 'refused',
    run: (a) =>
      send(
        a,
        a.random.pick([
          'select query from pg_stat_activity',
          'select statement from pg_prepared_statements',
          'select statement from pg_cursors',
          'select pg_stat_get_backend_activity(1)',
        ]),
      ),
  },
  {
    name: 'attack: SQL with the parameters of a built statement',
    raw: true,
    attack: 'harmless',
    run: (a) => {
      const [, parameters] = a
        .builder(CUSTOMERS)
        .where('it.version > :v', { v: 0 })
        .getQueryAndParameters();
      const text = `select * from customers where $1::text is not null or $${parameters.length}::text is not null`;
      return a.source.query(text, parameters);
    },
  },
  {
    name: 'attack: SQL inside a built statement',
    raw: true,
    attack: 'harmless',
    run: (a) =>
      a.oneOf([
        () =>
          a
            .builder(INVOICES)
            .addSelect("(select string_agg(email, ',') from customers)", 'stolen')
            .getRawMany(),
        () =>
          a
            .builder(INVOICES)
            .where("exists (select 1 from customers where email <> '')")
            .getRawMany(),
        () =>
          a.source
            .createQueryBuilder()
            .select('*')
            .from('(select * from customers)', 's')
            .getRawMany(),
        () =>
          a
            .builder(INVOICES)
            .innerJoin('(select email from customers)', 's', '1 = 1')
            .addSelect('s.email', 'stolen')
            .getRawMany(),
        () => a.builder(INVOICES).orderBy('(select email from customers limit 1)').getRawMany(),
        () =>
          a
            .builder(INVOICES)
            .addCommonTableExpression('select email from customers', 'c')
            .addSelect('(select min(email) from c)', 'stolen')
            .getRawMany(),
        () =>
          a
            .builder(INVOICES)
            .select('it.id')
            .groupBy('it.id, it.tenantId')
            .having('(select count(*) from customers) > 0')
            .getRawMany(),
      ]),
  },
  {
    name: 'attack: SQL inside a built write',
    raw: true,
    attack: 'harmless',
    writes: true,
    run: (a) => {
      const stolen = () => "(select string_agg(email, ',') from customers)";
      return a.oneOf([
        () =>
          a
            .builder(INVOICES)
            .update(INVOICES.entity)
            .set({ deletedBy: stolen } as never)
            .returning('*')
            .execute(),
        () =>
          a
            .builder(CUSTOMERS)
            .insert()
            .into(CUSTOMERS.entity)
            .values({ email: a.text(), note: stolen } as never)
            .returning('*')
            .execute(),
        () =>
          a.builder(INVOICES).delete().where('number in (select email from customers)').execute(),
      ]);
    },
  },
  {
    name: 'attack: a condition that closes the bracket of the predicate',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const kind = a.random.pick(FLAT_KINDS);
      const breakOut = '1 = 0) or (1 = 1';
      return a.oneOf([
        () => a.builder(kind).where(breakOut).getMany(),
        () =>
          a
            .builder(kind)
            .update(kind.entity)
            .set({ deletedBy: a.text() } as never)
            .where(breakOut)
            .execute(),
        () => a.builder(kind).delete().where(breakOut).execute(),
        () => a.builder(kind).softDelete().where(breakOut).execute(),
        () => a.builder(INVOICES).innerJoinAndSelect(CUSTOMERS.entity, 'c', breakOut).getRawMany(),
      ]);
    },
  },
];
