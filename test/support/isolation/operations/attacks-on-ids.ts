import { In } from 'typeorm';
import { CUSTOMERS, INVOICES, LABELS, LETTERS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** Ids of rows of another tenant, wherever an id is accepted. */
export const ATTACKS_ON_IDS: readonly Operation[] = [
  {
    name: 'attack: read by a foreign id',
    attack: 'harmless',
    run: async (a) => {
      const kind = a.anyKind();
      const { id } = a.foreign(kind);
      return [
        await a.repository(kind).findById(id, { deleted: 'with' }),
        await a.door(kind).findOneBy({ id }),
        await a
          .door(kind)
          .find({ where: [{ id }, { id: In([id, a.own(kind).id]) }], withDeleted: true }),
        await a.door(kind).existsBy({ id }),
        await a.door(kind).preload({ id, [kind.text]: a.text() } as never),
        await a.builder(kind).whereInIds([id]).getMany(),
        await a.builder(kind).where('1 = 0').orWhereInIds(id).getMany(),
        await a.builder(kind).where('it.id = :id or 1 = 1', { id }).getMany(),
      ];
    },
  },
  {
    name: 'attack: get by a foreign id',
    attack: 'refused',
    run: (a) => {
      const kind = a.anyKind();
      return a.repository(kind).getById(a.foreign(kind).id, { deleted: 'with' });
    },
  },
  {
    name: 'attack: save a foreign id',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      return a.door(kind).save({ id: a.foreign(kind).id, [kind.text]: a.text() } as never);
    },
  },
  {
    name: 'attack: update by a foreign id',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.foreign(kind);
      const values = { deletedBy: a.text() } as never;
      return [
        await a.door(kind).update(id, values),
        await a.door(kind).update({ id: In([id]) }, values),
        await a.builder(kind).update(kind.entity).set(values).where('id = :id', { id }).execute(),
        await a.builder(kind).update(kind.entity).set(values).whereInIds(id).execute(),
        await a
          .builder(kind)
          .update(kind.entity)
          .set(values)
          .where('1 = 1')
          .orWhereInIds([id])
          .execute(),
        await a.door(INVOICES).increment({ id: a.foreign(INVOICES).id }, 'total', 100),
      ];
    },
  },
  {
    name: 'attack: delete by a foreign id',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.foreign(kind);
      return [
        await a.door(kind).delete(id),
        await a.door(kind).delete({ id: In([id]) }),
        await a.repository(kind).hardDelete([id]),
        await a.door(kind).softDelete(id),
        await a.door(kind).restore(id),
        await a.builder(kind).delete().whereInIds([id]).execute(),
        await a.builder(kind).softDelete().whereInIds([id]).execute(),
        await a.builder(kind).restore().where('id = :id', { id }).execute(),
      ];
    },
  },
  {
    name: 'attack: remove a foreign id',
    attack: 'harmless',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      const row = a.manager.create(kind.entity, { id: a.foreign(kind).id } as never);
      const method = a.random.pick(['softRemove', 'recover'] as const);
      return a.door(kind)[method](row as never);
    },
  },
  {
    name: 'attack: remove a foreign id for good',
    attack: 'harmless',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      const row = a.manager.create(kind.entity, { id: a.foreign(kind).id } as never);
      return a.door(kind).remove(row as never);
    },
  },
  {
    name: 'attack: upsert a foreign id',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.foreign(kind);
      const row = { id, ...a.fresh(kind) } as never;
      const insert = () => a.builder(kind).insert().into(kind.entity).values(row);
      try {
        return [
          await a.door(kind).upsert(row, ['id']),
          await a.repository(kind).upsertMany([row], ['id']),
          await insert().orIgnore().execute(),
          await insert().orUpdate([kind.text], ['id']).execute(),
        ];
      } finally {
        // The tenant may well have a row of the same id; the next attack shall not find it.
        await a.manager.delete(kind.entity, { id }).catch(() => undefined);
      }
    },
  },
  {
    name: 'attack: refer to a foreign row by id',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const { id } = a.foreign(CUSTOMERS);
      // Updates pass over deleted rows, and all that there were may be deleted by now.
      const living = async () => {
        const [row] = await a.repository(INVOICES).insertMany([{ number: a.text() } as never]);
        return row?.id;
      };
      return a.oneOf([
        () => a.door(INVOICES).save({ number: a.text(), customerId: id } as never),
        () => a.door(INVOICES).save({ number: a.text(), customer: { id } } as never),
        () => a.door(INVOICES).insert({ number: a.text(), customer: { id } } as never),
        () => a.door(LETTERS).insert({ body: a.text(), customerId: id } as never),
        () => a.repository(INVOICES).insertMany([{ number: a.text(), customerId: id } as never]),
        async () => {
          await living();
          return a.door(INVOICES).updateAll({ customerId: id } as never);
        },
        async () => {
          const customer = a.builder(INVOICES).relation(INVOICES.entity, 'customer');
          return customer.of(await living()).set(id);
        },
      ]);
    },
  },
  {
    name: 'attack: join to a foreign row by id',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const { id } = a.foreign(LABELS);
      const labels = () => a.builder(INVOICES).relation(INVOICES.entity, 'labels');
      return a.oneOf([
        () => labels().of(a.own(INVOICES).id).add(id),
        () => labels().of(a.foreign(INVOICES).id).add(a.own(LABELS).id),
        () => a.door(INVOICES).save({ number: a.text(), labels: [{ id }] } as never),
        () =>
          a.builder(LABELS).relation(LABELS.entity, 'invoices').of(id).add(a.foreign(INVOICES).id),
      ]);
    },
  },
  {
    name: 'attack: load and unbind relations of a foreign row',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const labels = () =>
        a.builder(INVOICES).relation(INVOICES.entity, 'labels').of(a.foreign(INVOICES).id);
      const invoices = a.builder(CUSTOMERS).relation(CUSTOMERS.entity, 'invoices');
      return [
        await labels().loadMany(),
        await labels().remove(a.foreign(LABELS).id),
        await invoices.of(a.foreign(CUSTOMERS).id).loadMany(),
        await invoices.of(a.own(CUSTOMERS).id).remove(a.foreign(INVOICES).id),
        await invoices.of(a.own(CUSTOMERS).id).add(a.foreign(INVOICES).id),
      ];
    },
  },
];
