import { CATEGORIES, CUSTOMERS, FOLDERS, INVOICES, LABELS, LETTERS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** Two tables at once: by relation, by condition, eagerly, lazily, and by a second query. */
export const JOINS: readonly Operation[] = [
  {
    name: 'join by relation',
    run: async (a) => [
      await a.builder(INVOICES).innerJoinAndSelect('it.customer', 'c').getMany(),
      await a.builder(INVOICES).leftJoinAndSelect('it.customer', 'c').getMany(),
      await a.builder(INVOICES).innerJoin('it.customer', 'c').addSelect('c.email').getRawMany(),
      await a.builder(CUSTOMERS).leftJoin('it.invoices', 'i').addSelect('i.number').getRawMany(),
      await a.builder(CUSTOMERS).leftJoinAndSelect('it.invoices', 'i').take(3).getManyAndCount(),
    ],
  },
  {
    name: 'join many to many',
    run: async (a) => [
      await a.builder(INVOICES).innerJoinAndSelect('it.labels', 'l').getMany(),
      await a.builder(LABELS).leftJoinAndSelect('it.invoices', 'i', 'i.total >= 0').getMany(),
    ],
  },
  {
    name: 'join by a condition that is always true',
    run: async (a) => [
      await a.builder(INVOICES).innerJoinAndSelect(CUSTOMERS.entity, 'c', '1 = 1').getRawMany(),
      await a
        .builder(INVOICES)
        .leftJoinAndSelect(LABELS.entity, 'l', 'true or l.id is null')
        .getRawMany(),
      await a
        .builder(LABELS)
        .innerJoin('customers', 'c', '1 = 1')
        .addSelect('c.email')
        .getRawMany(),
    ],
  },
  {
    name: 'join by ids alone',
    run: (a) =>
      a
        .builder(INVOICES)
        .leftJoinAndSelect(CUSTOMERS.entity, 'c', 'c.id = it.customerId')
        .getRawMany(),
  },
  {
    name: 'join and map',
    run: async (a) => [
      await a
        .builder(INVOICES)
        .leftJoinAndMapOne('it.payer', CUSTOMERS.entity, 'c', '1 = 1')
        .getMany(),
      await a
        .builder(CUSTOMERS)
        .leftJoinAndMapMany('it.all', INVOICES.entity, 'i', '1 = 1')
        .getMany(),
      await a.builder(INVOICES).innerJoinAndMapOne('it.payer', 'it.customer', 'c').getMany(),
      await a.builder(CUSTOMERS).innerJoinAndMapMany('it.all', 'it.invoices', 'i').getMany(),
    ],
  },
  {
    name: 'join over three tables',
    run: (a) =>
      a
        .builder(LABELS)
        .innerJoinAndSelect('it.invoices', 'i')
        .innerJoinAndSelect('i.customer', 'c')
        .leftJoinAndSelect(LETTERS.entity, 'r', 'r.customer_id = c.id or 1 = 1')
        .getRawMany(),
  },
  {
    name: 'find with relations',
    run: async (a) => [
      await a.door(INVOICES).find({ relations: { customer: true, labels: true } as never }),
      await a.door(CUSTOMERS).find({ relations: { invoices: { labels: true } } as never }),
    ],
  },
  {
    name: 'find with relations by a second query',
    run: async (a) => [
      await a.door(INVOICES).find({
        relations: { customer: true, labels: true } as never,
        relationLoadStrategy: 'query',
      }),
      await a.door(CUSTOMERS).find({
        relations: { invoices: true } as never,
        relationLoadStrategy: 'query',
      }),
    ],
  },
  {
    name: 'find by a property of a relation',
    run: async (a) => [
      await a.door(INVOICES).find({ where: { customer: { version: 1 } } as never }),
      await a.door(LABELS).find({ where: { invoices: { customer: { version: 1 } } } as never }),
    ],
  },
  {
    name: 'find ordered by a relation',
    run: (a) =>
      a.door(INVOICES).find({
        relations: { customer: true } as never,
        order: { customer: { email: 'ASC' } } as never,
        take: 4,
      }),
  },
  { name: 'find with an eager relation', run: (a) => a.door(LETTERS).find() },
  {
    name: 'find without the eager relation',
    run: (a) => a.door(LETTERS).find({ loadEagerRelations: false }),
  },
  {
    name: 'a lazy relation',
    run: async (a) => {
      const customers = await a.customers.find();
      return Promise.all(customers.map((customer) => customer.letters));
    },
  },
  {
    name: 'a lazy relation after the transaction',
    run: async (a) => {
      const customers = await a.source.transaction((manager) => manager.find(CUSTOMERS.entity));
      return Promise.all(customers.map((customer) => customer['letters'] as Promise<unknown>));
    },
  },
  {
    name: 'page with relations',
    run: (a) =>
      a
        .repository(INVOICES)
        .findPage({ limit: 2, relations: { customer: true, labels: true } as never }),
  },
  {
    name: 'a tree joined by its parent',
    run: async (a) => [
      await a.builder(CATEGORIES).leftJoinAndSelect('it.parent', 'p').getMany(),
      await a.builder(FOLDERS).leftJoinAndSelect('it.children', 'c').getMany(),
    ],
  },
];
