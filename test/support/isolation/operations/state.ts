import { CUSTOMERS, INVOICES } from '../kinds.js';
import type { Operation } from '../operation.js';

class Undone extends Error {}

/** What lasts longer than one statement: transactions, the result cache. */
export const STATE: readonly Operation[] = [
  {
    name: 'cached query without a name',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).find({ where: { version: 1 } as never, cache: 60_000 });
    },
  },
  {
    name: 'cached query under a name that all tenants use',
    run: async (a) => [
      await a.builder(CUSTOMERS).cache('customers of the report', 60_000).getMany(),
      await a
        .door(CUSTOMERS)
        .find({ cache: { id: 'customers of the page', milliseconds: 60_000 } }),
      await a.builder(INVOICES).cache('count of the invoices', 60_000).getManyAndCount(),
    ],
  },
  {
    name: 'cached query under a name that holds a tenant',
    run: (a) =>
      a.builder(CUSTOMERS).cache(`${a.stranger}|customers of the report`, 60_000).getMany(),
  },
  {
    name: 'cached results removed and cleared',
    run: async (a) => {
      await a.source.queryResultCache?.remove(['customers of the report']);
      if (a.random.chance(0.2)) await a.source.queryResultCache?.clear();
      return a.builder(CUSTOMERS).cache('customers of the report', 60_000).getMany();
    },
  },
  {
    name: 'transaction of the data source, manager, repository and context',
    writes: true,
    run: async (a) => {
      const write = () => a.customers.save({ email: a.text() });
      return [
        await a.source.transaction(write),
        await a.manager.transaction('REPEATABLE READ', write),
        await a.customers.transaction(write),
        await a.source.joinTransaction(write, { isolation: 'SERIALIZABLE' }),
      ];
    },
  },
  {
    name: 'transaction that is undone',
    writes: true,
    run: async (a) => {
      const seen: unknown[] = [];
      await a.source
        .transaction(async () => {
          await a.customers.save({ email: a.text() });
          seen.push(await a.customers.find());
          throw new Undone();
        })
        .catch((error: unknown) => {
          if (!(error instanceof Undone)) throw error;
        });
      return [seen, await a.customers.find()];
    },
  },
  {
    name: 'savepoint that is undone, and reads after it',
    writes: true,
    run: (a) =>
      a.source.transaction(async () => {
        await a.customers.save({ email: a.text() });
        await a.customers
          .transaction(
            async () => {
              await a.invoices.save({ number: a.text() });
              throw new Undone();
            },
            { savepoint: true },
          )
          .catch((error: unknown) => {
            if (!(error instanceof Undone)) throw error;
          });
        return [await a.customers.find(), await a.invoices.find({ relations: { customer: true } })];
      }),
  },
  {
    name: 'nested transactions',
    writes: true,
    run: (a) =>
      a.source.transaction((outer) =>
        outer.transaction(async (inner) => {
          await inner.save(CUSTOMERS.entity, { email: a.text() } as never);
          return inner.find(CUSTOMERS.entity);
        }),
      ),
  },
  {
    name: 'transaction by hand on a runner',
    writes: true,
    run: async (a) => {
      const runner = a.source.createQueryRunner();
      try {
        await runner.startTransaction('READ COMMITTED');
        await runner.manager.save(INVOICES.entity, { number: a.text() } as never);
        const rows = await runner.manager.find(INVOICES.entity);
        await (a.random.chance(0.5) ? runner.commitTransaction() : runner.rollbackTransaction());
        return rows;
      } finally {
        await runner.manager.release();
      }
    },
  },
];
