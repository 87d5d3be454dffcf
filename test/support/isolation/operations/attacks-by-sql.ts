import { CUSTOMERS, FLAT_KINDS, INVOICES } from '../kinds.js';
import type { Actor, Operation } from '../operation.js';
import { HARMLESS_SQL, REFUSED_SQL, REFUSED_WRITES, WRITING_SQL } from './attack-statements.js';
import { drained } from './raw.js';

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
