import { Brackets, NotBrackets } from 'typeorm';
import { CUSTOMERS, INVOICES } from '../kinds.js';
import type { Operation } from '../operation.js';

/** The select builder on one table. */
export const BUILDERS: readonly Operation[] = [
  { name: 'builder getMany', run: (a) => a.builder(a.anyKind()).getMany() },
  { name: 'builder getManyAndCount', run: (a) => a.builder(a.anyKind()).getManyAndCount() },
  { name: 'builder getRawMany', run: (a) => a.builder(a.anyKind()).getRawMany() },
  { name: 'builder getRawAndEntities', run: (a) => a.builder(a.anyKind()).getRawAndEntities() },
  { name: 'builder getCount', run: (a) => a.builder(a.anyKind()).getCount() },
  { name: 'builder getExists', run: (a) => a.builder(a.anyKind()).getExists() },
  {
    name: 'builder getOne, getRawOne and getOneOrFail',
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.own(kind);
      return [
        await a.builder(kind).where('it.id = :id', { id }).getOne(),
        await a.builder(kind).where({ id }).getRawOne(),
        await a.builder(kind).withDeleted().where({ id }).getOneOrFail(),
      ];
    },
  },
  {
    name: 'builder where, andWhere and orWhere',
    run: (a) => {
      const kind = a.anyKind();
      return a
        .builder(kind)
        .where('it.id = :id', { id: a.own(kind).id })
        .andWhere(`it.${kind.text} is not null`)
        .orWhere('it.version > :version')
        .orWhere('1 = 1')
        .setParameter('version', 0)
        .setParameters({ other: 1 })
        .getMany();
    },
  },
  {
    name: 'builder where with brackets and negated brackets',
    run: (a) => {
      const kind = a.anyKind();
      return a
        .builder(kind)
        .where(new Brackets((one) => one.where('it.version > 0').orWhere('true')))
        .orWhere(new NotBrackets((one) => one.where({ id: a.own(kind).id })))
        .getMany();
    },
  },
  {
    name: 'builder whereInIds, andWhereInIds and orWhereInIds',
    run: async (a) => {
      const kind = a.anyKind();
      const ids = [a.own(kind).id, a.own(kind).id];
      return [
        await a.builder(kind).whereInIds(ids).getMany(),
        await a.builder(kind).where('1 = 1').andWhereInIds(ids[0]).getMany(),
        await a
          .builder(kind)
          .where('1 = 0')
          .orWhereInIds([a.own(kind)])
          .getMany(),
      ];
    },
  },
  {
    name: 'builder select, addSelect, distinct and distinctOn',
    run: async (a) => {
      const kind = a.anyKind();
      return [
        await a
          .builder(kind)
          .select(`it.${kind.text}`, 'words')
          .addSelect('it.id', 'id')
          .getRawMany(),
        await a.builder(kind).select(`it.${kind.text}`).distinct().getRawMany(),
        await a
          .builder(kind)
          .select('it')
          .distinctOn(['it.version'])
          .orderBy('it.version')
          .getMany(),
      ];
    },
  },
  {
    name: 'builder groupBy and having',
    run: (a) =>
      a
        .builder(INVOICES)
        .select('it.customerId', 'customer')
        .addSelect('count(*)', 'n')
        .addSelect('sum(it.total)', 'total')
        .addSelect("string_agg(it.number, ',')", 'numbers')
        .groupBy('it.customerId')
        .addGroupBy('it.tenantId')
        .having('count(*) > 0')
        .andHaving('sum(it.total) >= 0')
        .orHaving('1 = 1')
        .getRawMany(),
  },
  {
    name: 'builder orderBy, addOrderBy, limit, offset, take and skip',
    run: async (a) => {
      const kind = a.anyKind();
      const ordered = () => a.builder(kind).orderBy(`it.${kind.text}`, 'DESC').addOrderBy('it.id');
      return [
        await ordered().limit(3).offset(1).getMany(),
        await ordered().take(3).skip(1).getMany(),
      ];
    },
  },
  {
    name: 'builder withDeleted and setFindOptions',
    run: async (a) => {
      const kind = a.anyKind();
      return [
        await a.builder(kind).withDeleted().getMany(),
        await a
          .builder(kind)
          .setFindOptions({ where: { id: a.own(kind).id } })
          .getMany(),
      ];
    },
  },
  {
    name: 'builder with a lock',
    run: (a) =>
      a.source.transaction((manager) =>
        manager
          .createQueryBuilder(CUSTOMERS.entity, 'it')
          .setLock('pessimistic_write')
          .setOnLocked('skip_locked')
          .getMany(),
      ),
  },
  {
    name: 'builder clone, comment, getSql and execute',
    run: async (a) => {
      const builder = a.builder(a.anyKind()).comment('a report').setOption('create-pojo');
      return [
        await builder.clone().getMany(),
        await builder.execute(),
        builder.getSql().length,
        builder.getQuery().length,
        builder.hasParameter('none'),
        builder.hasRelation(INVOICES.entity, 'customer'),
      ];
    },
  },
  {
    name: 'builder on a runner and in a transaction of its own',
    run: async (a) => {
      const kind = a.anyKind();
      const runner = a.source.createQueryRunner();
      try {
        return [
          await a.source.createQueryBuilder(kind.entity, 'it', runner).getMany(),
          await a.builder(kind).setQueryRunner(runner).useTransaction(true).getMany(),
        ];
      } finally {
        await runner.release();
      }
    },
  },
  {
    name: 'builder from and addFrom',
    run: (a) => {
      const [one, other] = [a.anyKind(), a.anyKind()];
      return a.source
        .createQueryBuilder()
        .select([`one.${one.text} as one_text`, `other.${other.text} as other_text`])
        .from(one.entity, 'one')
        .addFrom(other.entity, 'other')
        .getRawMany();
    },
  },
  {
    name: 'builder from a table name and without one',
    run: async (a) => [
      await a.source.createQueryBuilder().select('*').from(a.anyKind().table, 'it').getRawMany(),
      await a.source.createQueryBuilder().select('1', 'one').fromDummy().getRawMany(),
    ],
  },
  {
    name: 'builder relation ids and counts',
    run: async (a) => [
      await a.builder(INVOICES).loadAllRelationIds().getMany(),
      await a.builder(INVOICES).loadRelationIdAndMap('labelIds', 'it.labels').getMany(),
      await a.builder(CUSTOMERS).loadRelationIdAndMap('invoiceIds', 'it.invoices').getMany(),
      await a.door(INVOICES).find({ loadRelationIds: true }),
    ],
  },
  {
    name: 'the text of builders that write',
    run: (a) => {
      const kind = a.flatKind();
      return [
        a
          .builder(kind)
          .insert()
          .into(kind.entity)
          .values(a.fresh(kind) as never)
          .getQuery(),
        a
          .builder(kind)
          .update(kind.entity)
          .set({ deletedBy: a.text() } as never)
          .getQuery(),
        a.builder(kind).delete().getQuery(),
        a.builder(kind).softDelete().getQuery(),
        a.builder(INVOICES).relation(INVOICES.entity, 'labels').getQuery(),
      ];
    },
  },
];
