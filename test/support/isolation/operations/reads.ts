import { In, Like, MoreThan, Not } from 'typeorm';
import { CATEGORIES, FLAT_KINDS, INVOICES } from '../kinds.js';
import type { Actor, Operation } from '../operation.js';

const byText = (actor: Actor, text: string) => ({ [text]: Like(`%${actor.random.below(6)}`) });

/** The find methods, through our repository, TypeORM's, and the manager. */
export const READS: readonly Operation[] = [
  { name: 'find', run: (a) => a.door(a.anyKind()).find() },
  {
    name: 'find with where, order, skip and take',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).find({
        where: byText(a, kind.text),
        order: { [kind.text]: 'DESC' },
        skip: a.random.below(2),
        take: 1 + a.random.below(4),
      });
    },
  },
  {
    name: 'find with alternatives',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).find({
        where: [{ id: a.own(kind).id }, { version: MoreThan(0) }, { id: Not(a.own(kind).id) }],
      });
    },
  },
  { name: 'find with deleted rows', run: (a) => a.door(a.anyKind()).find({ withDeleted: true }) },
  {
    name: 'find deleted rows only',
    run: (a) => a.repository(a.anyKind()).find({ deleted: 'only' }),
  },
  {
    name: 'find with select',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).find({ select: { id: true, [kind.text]: true } as never });
    },
  },
  { name: 'findAll', run: (a) => a.repository(a.anyKind()).findAll({ includeDeleted: true }) },
  {
    name: 'findBy',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findBy({ id: In([a.own(kind).id, a.own(kind).id]) });
    },
  },
  { name: 'findAndCount', run: (a) => a.door(a.anyKind()).findAndCount({ take: 3 }) },
  {
    name: 'findAndCountBy',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findAndCountBy(byText(a, kind.text));
    },
  },
  {
    name: 'findOne',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findOne({ where: { id: a.own(kind).id } });
    },
  },
  {
    name: 'findOneBy',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findOneBy({ id: a.own(kind).id });
    },
  },
  {
    name: 'findOneOrFail',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findOneOrFail({ where: { id: a.own(kind).id } });
    },
  },
  {
    name: 'findOneByOrFail',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).findOneByOrFail({ id: a.own(kind).id });
    },
  },
  {
    name: 'findById',
    run: (a) => {
      const kind = a.anyKind();
      return a.repository(kind).findById(a.own(kind).id, { deleted: 'with' });
    },
  },
  {
    name: 'getById',
    run: (a) => {
      const kind = a.random.pick(FLAT_KINDS);
      return a.repository(kind).getById(a.own(kind).id);
    },
  },
  {
    name: 'findPage, page after page',
    run: async (a) => {
      const repository = a.repository(a.anyKind());
      const pages = [];
      let after: string | undefined;
      do {
        const page = await repository.findPage({ limit: 2, ...(after ? { after } : {}) });
        pages.push(page.items);
        after = page.next;
      } while (after);
      return pages;
    },
  },
  {
    name: 'findPage by text, downwards, with deleted rows',
    run: (a) => {
      const kind = a.anyKind();
      return a
        .repository(kind)
        .findPage({ limit: 3, order: { [kind.text]: 'DESC' }, deleted: 'with' });
    },
  },
  {
    name: 'findAndCountPage',
    run: (a) =>
      a.repository(a.anyKind()).findAndCountPage({ page: 1 + a.random.below(3), limit: 2 }),
  },
  { name: 'count', run: (a) => a.door(a.anyKind()).count() },
  {
    name: 'countBy',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).countBy(byText(a, kind.text));
    },
  },
  { name: 'exists', run: (a) => a.door(a.anyKind()).exists() },
  {
    name: 'existsBy',
    run: (a) => {
      const kind = a.anyKind();
      return a.door(kind).existsBy({ id: a.own(kind).id });
    },
  },
  { name: 'sum', run: (a) => a.door(INVOICES).sum('total' as never) },
  { name: 'average', run: (a) => a.door(INVOICES).average('total' as never) },
  { name: 'minimum', run: (a) => a.door(INVOICES).minimum('total' as never) },
  { name: 'maximum', run: (a) => a.door(INVOICES).maximum('total' as never) },
  {
    name: 'preload',
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).preload({ id: a.own(kind).id, [kind.text]: a.text() } as never);
    },
  },
  {
    name: 'create, merge, getId and hasId without a query',
    run: (a) => {
      const kind = a.flatKind();
      const repository = a.random.pick([a.repository(kind), a.manager.getRepository(kind.entity)]);
      const row = repository.create({ ...a.fresh(kind), id: a.own(kind).id } as never) as never;
      repository.merge(row, { deletedBy: a.text() } as never);
      const made = a.manager.create(kind.entity, a.fresh(kind) as never);
      a.manager.merge(kind.entity, made as never, a.fresh(kind) as never);
      return [
        repository.getId(row),
        repository.hasId(row),
        a.manager.getId(kind.entity, row),
        a.manager.hasId(kind.entity, row),
        made,
      ];
    },
  },
  {
    name: 'getRepository, withRepository and extend',
    run: async (a) => {
      const kind = a.anyKind();
      const extended = a.source.getRepository(kind.entity).extend({
        everything(this: { find(): Promise<unknown> }) {
          return this.find();
        },
      });
      return [
        await extended.everything(),
        await a.manager.withRepository(a.repository(kind)).find(),
        await a.manager.getTreeRepository(CATEGORIES.entity).find(),
      ];
    },
  },
];
