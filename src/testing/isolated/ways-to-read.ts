import type { SelectQueryBuilder } from 'typeorm';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import { type Attempt, keyInSql, keyOf, tableOf } from './attacked-row.js';

/** One way to get at a row. Answers what it has seen; what it has changed is looked up. */
export interface Way {
  readonly name: string;
  readonly writes?: true;
  run(attempt: Attempt): Promise<unknown>;
  /** What has to be done first by the tenant of the victim. */
  prepare?(attempt: Attempt): Promise<unknown>;
}

const builder = ({ source, metadata, victim }: Attempt): SelectQueryBuilder<object> =>
  source
    .createQueryBuilder<object>(metadata.target, 'it')
    .where(keyOf(metadata, victim.row)) as unknown as SelectQueryBuilder<object>;

const raw = async ({ source, metadata, victim }: Attempt, around: (table: string) => string) => {
  const [where, values] = keyInSql(metadata, victim.row);
  return source.query(`${around(tableOf(metadata, source))} where ${where}`, values);
};

export const WAYS_TO_READ: readonly Way[] = [
  {
    name: 'find',
    run: ({ source, metadata }) => source.manager.find(metadata.target, { withDeleted: true }),
  },
  {
    name: 'findOneBy its key',
    run: ({ source, metadata, victim }) =>
      source.manager.findOneBy(metadata.target, keyOf(metadata, victim.row)),
  },
  {
    name: 'findOne with an OR',
    run: ({ source, metadata, victim }) => {
      const where = [keyOf(metadata, victim.row), { tenantId: victim.tenantId }];
      return source.manager.find(metadata.target, { where, withDeleted: true });
    },
  },
  {
    name: 'findAndCount',
    run: ({ source, metadata, victim }) =>
      source.manager.findAndCount(metadata.target, { where: keyOf(metadata, victim.row) }),
  },
  {
    name: 'count',
    run: async ({ source, metadata, victim }) =>
      (await source.manager.countBy(metadata.target, keyOf(metadata, victim.row))) > 0,
  },
  {
    name: 'exists',
    run: ({ source, metadata, victim }) =>
      source.manager.existsBy(metadata.target, keyOf(metadata, victim.row)),
  },
  { name: 'a query builder', run: (attempt) => builder(attempt).getMany() },
  { name: 'a raw query builder', run: (attempt) => builder(attempt).getRawMany() },
  {
    name: 'a query builder with OR true',
    run: (attempt) => builder(attempt).orWhere('1 = 1').withDeleted().getMany(),
  },
  {
    name: 'a stream',
    run: async (attempt) => {
      const rows: unknown[] = [];
      for await (const row of await builder(attempt).stream()) rows.push(row);
      return rows;
    },
  },
  { name: 'raw SELECT', run: (attempt) => raw(attempt, (table) => `select * from ${table}`) },
  {
    name: 'raw SELECT by tenant',
    run: ({ source, metadata, victim }) =>
      source.query(`select * from ${tableOf(metadata, source)} where ${TENANT_COLUMN} = $1`, [
        victim.tenantId,
      ]),
  },
  {
    name: 'raw SELECT in a CTE',
    run: (attempt) =>
      raw(attempt, (table) => `with one as (select * from ${table}) select * from one`),
  },
];

/** What the row refers to, loaded by way of the row. */
export function waysOfRelations({ metadata }: Pick<Attempt, 'metadata'>): Way[] {
  return metadata.relations
    .filter((relation) => relation.isManyToOne || relation.isOneToOneOwner)
    .map(({ propertyName }) => ({
      name: `loading ${propertyName} of it`,
      run: ({ source, victim }) =>
        source
          .createQueryBuilder()
          .relation(metadata.target, propertyName)
          .of(keyOf(metadata, victim.row))
          .loadOne(),
    }));
}
