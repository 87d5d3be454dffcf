import { CUSTOMERS, INVOICES } from '../kinds.js';
import type { Operation } from '../operation.js';

/** Queries inside queries, and the results of one as the table of another. */
export const SUBQUERIES: readonly Operation[] = [
  {
    name: 'where in a subquery',
    run: (a) => {
      const builder = a.builder(CUSTOMERS);
      const inner = builder.subQuery().select('i.customerId').from(INVOICES.entity, 'i').getQuery();
      return builder.where(`it.id in ${inner}`).getMany();
    },
  },
  {
    name: 'where in a subquery by a callback',
    run: (a) =>
      a
        .builder(CUSTOMERS)
        .where((builder) => {
          const inner = builder.subQuery().select('i.customerId').from(INVOICES.entity, 'i');
          return `it.id in ${inner.getQuery()} or 1 = 1`;
        })
        .getMany(),
  },
  {
    name: 'where exists',
    run: async (a) => {
      const inner = () => a.builder(INVOICES, 'inner_one').where('inner_one.total >= 0');
      return [
        await a.builder(CUSTOMERS).whereExists(inner()).getMany(),
        await a.builder(CUSTOMERS).where('1 = 0').orWhereExists(inner()).getMany(),
        await a.builder(CUSTOMERS).where('1 = 1').andWhereExists(inner()).getMany(),
      ];
    },
  },
  {
    name: 'select a subquery',
    run: async (a) => {
      const rows = await a
        .builder(CUSTOMERS)
        .select('it.email', 'email')
        .addSelect(
          (builder) => builder.select("string_agg(i.number, ',')").from(INVOICES.entity, 'i'),
          'numbers',
        )
        .addSelect((builder) => builder.select('count(*)').from(INVOICES.entity, 'n'), 'n')
        .getRawMany<{ n: string }>();
      return rows;
    },
  },
  {
    name: 'from a subquery',
    run: async (a) => [
      await a.source
        .createQueryBuilder()
        .select('s.*')
        .from((builder) => builder.select('c.email', 'email').from(CUSTOMERS.entity, 'c'), 's')
        .getRawMany(),
      await a
        .builder(CUSTOMERS)
        .innerJoin(
          (builder) => builder.select('i.number', 'number').from(INVOICES.entity, 'i'),
          's',
          '1 = 1',
        )
        .addSelect('s.number')
        .getRawMany(),
    ],
  },
  {
    name: 'a common table expression',
    raw: true,
    run: (a) => {
      const inner = a.builder(INVOICES, 'i').select(['i.number', 'i.customerId']);
      return a.source
        .createQueryBuilder()
        .addCommonTableExpression(inner, 'listed')
        .select('listed.*')
        .from('listed', 'listed')
        .setParameters(inner.getParameters())
        .getRawMany();
    },
  },
  {
    name: 'a common table expression beside a table',
    raw: true,
    run: (a) => {
      const builder = a.builder(CUSTOMERS);
      const inner = a.builder(INVOICES, 'i').select(['i.number', 'i.customerId']);
      return builder
        .addCommonTableExpression(inner, 'listed', { columnNames: ['number', 'customer'] })
        .andWhere('it.id in (select customer from listed)')
        .getMany();
    },
  },
  {
    name: 'an insert from a select',
    writes: true,
    raw: true,
    run: (a) =>
      a.source
        .createQueryBuilder()
        .insert()
        .into(INVOICES.entity, ['tenantId', 'id', 'number', 'version'] as never)
        .valuesFromSelect(
          (builder) =>
            builder
              .select('c.tenantId', 'tenant_id')
              .addSelect('gen_random_uuid()', 'id')
              .addSelect('1', 'version')
              .addSelect('c.email || gen_random_uuid()::text', 'number')
              .from(CUSTOMERS.entity, 'c') as never,
        )
        .execute(),
  },
];
