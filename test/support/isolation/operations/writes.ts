import { CUSTOMERS, INVOICES } from '../kinds.js';
import type { Actor, Operation } from '../operation.js';

const several = (actor: Actor, make: () => object): object[] =>
  Array.from({ length: 1 + actor.random.below(3) }, make);

/** What puts rows there and changes them. */
const WRITING: readonly Omit<Operation, 'writes'>[] = [
  {
    name: 'save new rows',
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).save(several(a, () => a.fresh(kind)) as never);
    },
  },
  {
    name: 'save a changed row',
    run: async (a) => {
      const kind = a.flatKind();
      const row = await a.door(kind).findOneBy({ id: a.own(kind).id });
      if (!row) return [];
      Object.assign(row, { [kind.text]: a.text() });
      return a.door(kind).save(row as never);
    },
  },
  {
    name: 'save by id',
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).save({ id: a.own(kind).id, [kind.text]: a.text() } as never);
    },
  },
  {
    name: 'preload and save',
    run: async (a) => {
      const kind = a.flatKind();
      const row = await a.door(kind).preload({ id: a.own(kind).id, deletedBy: a.text() } as never);
      return row ? a.door(kind).save(row as never) : [];
    },
  },
  {
    name: 'save in chunks',
    run: (a) => a.door(CUSTOMERS).save(several(a, () => a.fresh(CUSTOMERS)) as never, { chunk: 1 }),
  },
  {
    name: 'insert',
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).insert(several(a, () => a.fresh(kind)) as never);
    },
  },
  {
    name: 'insertMany',
    run: (a) => {
      const kind = a.flatKind();
      return a
        .repository(kind)
        .insertMany(several(a, () => a.fresh(kind)) as never, { chunk: 1 + a.random.below(2) });
    },
  },
  {
    name: 'insert by builder',
    run: (a) => {
      const kind = a.flatKind();
      return a.source
        .createQueryBuilder()
        .insert()
        .into(kind.entity)
        .values(a.fresh(kind) as never)
        .returning('*')
        .updateEntity(true)
        .execute();
    },
  },
  {
    name: 'update by id and by condition',
    run: async (a) => {
      const kind = a.flatKind();
      return [
        await a.door(kind).update(a.own(kind).id, { deletedBy: a.text() } as never),
        await a.door(kind).update({ version: 1 } as never, { deletedBy: a.text() } as never),
      ];
    },
  },
  {
    name: 'updateAll',
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).updateAll({ deletedBy: a.text() } as never);
    },
  },
  {
    name: 'update by builder',
    run: async (a) => {
      const kind = a.flatKind();
      const update = () =>
        a
          .builder(kind)
          .update(kind.entity)
          .set({ deletedBy: a.text() } as never);
      return [
        await update().where('version > 0').returning('*').execute(),
        await update()
          .where({ id: a.own(kind).id })
          .orWhere('1 = 1')
          .execute(),
        await update().where('version = 1').andWhere('1 = 1').execute(),
        await update().whereInIds(a.own(kind).id).execute(),
        await update()
          .where('1 = 1')
          .andWhereInIds([a.own(kind).id])
          .execute(),
        await update().where('1 = 0').orWhereInIds(a.own(kind).id).execute(),
        await update().execute(),
      ];
    },
  },
  {
    name: 'update an entity by builder',
    run: async (a) => {
      const kind = a.flatKind();
      const row = await a.door(kind).findOneBy({ id: a.own(kind).id });
      if (!row) return [];
      return a
        .builder(kind)
        .update(kind.entity)
        .set({ deletedBy: a.text() } as never)
        .whereEntity(row as never)
        .updateEntity(true)
        .execute();
    },
  },
  {
    name: 'increment and decrement',
    run: async (a) => {
      const way = a.door(INVOICES);
      return [
        await way.increment({ id: a.own(INVOICES).id }, 'total', 2),
        await way.decrement({ version: 1 } as never, 'total', 1),
      ];
    },
  },
  {
    name: 'upsert by id',
    run: (a) => {
      const kind = a.flatKind();
      const rows = [{ id: a.own(kind).id, ...a.fresh(kind) }, a.fresh(kind)];
      return a.door(kind).upsert(a.random.pick(rows) as never, ['id']);
    },
  },
  {
    name: 'upsertMany',
    run: (a) => {
      const kind = a.flatKind();
      return a
        .repository(kind)
        .upsertMany([{ id: a.own(kind).id, ...a.fresh(kind) }] as never, ['tenantId', 'id']);
    },
  },
  {
    name: 'orUpdate and orIgnore',
    run: async (a) => {
      const kind = a.flatKind();
      const insert = () =>
        a
          .builder(kind)
          .insert()
          .into(kind.entity)
          .values({ id: a.own(kind).id, ...a.fresh(kind) } as never);
      return [
        await insert().orUpdate(['deleted_by'], ['id']).execute(),
        await insert().orUpdate(['deleted_by'], ['tenant_id', 'id']).execute(),
        await insert().orIgnore().execute(),
      ];
    },
  },
];

export const WRITES: readonly Operation[] = WRITING.map((one) => ({ ...one, writes: true }));
