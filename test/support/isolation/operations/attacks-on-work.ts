import { TenantContext } from 'nestjs-rowguard';
import { SelectQueryBuilder } from 'typeorm';
import { CUSTOMERS, INVOICES, KINDS, LETTERS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** Schema work, and work that is carried from one tenant into another. */
export const ATTACKS_ON_WORK: readonly Operation[] = [
  {
    name: 'attack: schema work by a runner',
    attack: 'refused',
    writes: true,
    run: async (a) => {
      const runner = a.source.createQueryRunner();
      try {
        await a.oneOf([
          () => runner.clearTable('customers'),
          () => runner.clearDatabase(),
          () => runner.dropTable('invoice_labels'),
          () => runner.createSchema('stolen'),
          () => runner.dropSchema('public'),
          () => runner.renameTable('customers', 'stolen'),
          () => runner.dropColumn('customers', 'email'),
          () => runner.dropPrimaryKey('customers'),
          () => a.repository(a.random.pick(KINDS)).clear(),
          () => a.manager.clear(CUSTOMERS.entity),
          () => a.source.dropDatabase(),
        ]);
      } finally {
        await runner.release();
      }
    },
  },
  {
    name: 'attack: a runner carried into another tenant',
    attack: 'refused',
    run: async (a) => {
      const runner = a.source.createQueryRunner();
      try {
        await runner.manager.find(CUSTOMERS.entity);
        await TenantContext.run({ tenantId: a.stranger }, () =>
          runner.manager.find(CUSTOMERS.entity),
        );
      } finally {
        await runner.release();
      }
    },
  },
  {
    name: 'attack: a statement built for one tenant and sent by another',
    attack: 'refused',
    run: async (a) => {
      const [sql, parameters] = TenantContext.run({ tenantId: a.stranger }, () =>
        a.builder(CUSTOMERS).getQueryAndParameters(),
      );
      return a.source.query(sql, parameters);
    },
  },
  {
    name: 'attack: another tenant inside a transaction',
    attack: 'refused',
    run: (a) =>
      a.source.transaction(() =>
        TenantContext.run({ tenantId: a.stranger }, () => a.customers.find()),
      ),
  },
  {
    name: 'attack: a query that outlives its transaction',
    attack: 'refused',
    alone: true,
    run: async (a) => {
      const manager = await a.source.transaction((inner) => Promise.resolve(inner));
      return manager.find(CUSTOMERS.entity);
    },
  },
  {
    name: 'attack: a connection used after it was given back',
    attack: 'refused',
    run: async (a) => {
      const runner = a.source.createQueryRunner();
      const client = (await runner.connect()) as { query(sql: string): Promise<unknown> };
      await runner.release();
      return client.query('select * from customers');
    },
  },
  {
    name: 'attack: a lazy relation read by another tenant',
    attack: 'harmless',
    run: async (a) => {
      const strangers = await TenantContext.run({ tenantId: a.stranger }, () => a.customers.find());
      const [first] = strangers;
      return first ? first.letters : [];
    },
  },
  {
    name: 'attack: a builder made by another tenant',
    attack: 'harmless',
    run: (a) => {
      const builder = TenantContext.run({ tenantId: a.stranger }, () =>
        a.builder(INVOICES).where('it.version > :v', { v: 0 }),
      );
      return builder.getMany();
    },
  },
  {
    name: 'attack: builders that TypeORM makes without ours',
    raw: true,
    attack: 'harmless',
    writes: true,
    run: (a) =>
      a.oneOf([
        () => new SelectQueryBuilder(a.source).select('c').from(CUSTOMERS.entity, 'c').getMany(),
        () =>
          a
            .builder(INVOICES)
            .addSelect(
              `(${new SelectQueryBuilder(a.source).select('min(c.email)').from(CUSTOMERS.entity, 'c').getQuery()})`,
              'stolen',
            )
            .getRawMany(),
        () => a.builder(LETTERS).update(LETTERS.entity).delete().where('1 = 1').execute(),
        () => a.builder(LETTERS).delete().softDelete().where('1 = 1').execute(),
        () => a.builder(LETTERS).delete().select('it').getMany(),
      ]),
  },
  {
    name: 'attack: no tenant at all',
    attack: 'refused',
    run: (a) =>
      TenantContext.runTenantless('the attack of a test', () =>
        a.oneOf([
          () => a.customers.find(),
          () => a.customers.save({ email: a.text() }),
          () => a.builder(CUSTOMERS).getCount(),
          () => a.customers.findPage(),
        ]),
      ),
  },
  {
    name: 'attack: shared rows written by a tenant',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const countries = a.manager.getRepository('Country');
      return a.oneOf([
        () => countries.insert({ code: a.text() }),
        () => countries.save({ code: a.text() }),
        () => countries.deleteAll(),
        () => countries.updateAll({ code: a.text() }),
      ]);
    },
  },
];
