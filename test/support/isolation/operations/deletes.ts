import { LABELS, LETTERS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** What takes rows away, for good or for a while, and brings them back. */
const DELETING: readonly Omit<Operation, 'writes'>[] = [
  {
    name: 'delete by id and by condition',
    run: async (a) => [
      await a.door(LETTERS).delete(a.own(LETTERS).id),
      await a.door(LABELS).delete({ id: a.own(LABELS).id }),
    ],
  },
  {
    name: 'hardDelete',
    run: (a) => a.repository(LETTERS).hardDelete(a.own(LETTERS).id),
  },
  { name: 'deleteAll', run: (a) => a.door(a.random.pick([LABELS, LETTERS])).deleteAll() },
  {
    name: 'remove',
    run: async (a) => {
      const row = await a.door(LETTERS).findOneBy({ id: a.own(LETTERS).id });
      return row ? a.door(LETTERS).remove(row as never) : [];
    },
  },
  {
    name: 'delete by builder',
    run: async (a) => {
      const from = () => a.source.createQueryBuilder().delete().from(LETTERS.entity);
      const { id } = a.own(LETTERS);
      return [
        await from().where('id = :id', { id }).returning('*').execute(),
        await from().where({ id }).andWhere('1 = 1').orWhere('version < 0').execute(),
        await from().whereInIds(id).execute(),
        await from().where('1 = 1').andWhereInIds(id).execute(),
        await from().where('1 = 0').orWhereInIds(id).execute(),
      ];
    },
  },
  {
    name: 'delete everything by builder',
    run: (a) => a.builder(LETTERS).delete().where('1 = 1').orWhere('true').execute(),
  },
  {
    name: 'softDelete and restore',
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.own(kind);
      return [
        await a.door(kind).softDelete(id),
        await a.door(kind).softDelete({ version: 1 } as never),
        await a.door(kind).restore(id),
        await a.door(kind).restore({ id }),
      ];
    },
  },
  {
    name: 'softRemove and recover',
    run: async (a) => {
      const kind = a.flatKind();
      const row = await a.door(kind).findOneBy({ id: a.own(kind).id });
      if (!row) return [];
      await a.door(kind).softRemove(row as never);
      return a.door(kind).recover(row as never);
    },
  },
  {
    name: 'soft delete by builder',
    run: async (a) => {
      const kind = a.flatKind();
      const { id } = a.own(kind);
      const softly = () => a.source.createQueryBuilder().softDelete().from(kind.entity);
      return [
        await softly().where({ id }).returning('*').execute(),
        await softly().where('1 = 0').orWhere('id = :id', { id }).execute(),
        await softly().where('1 = 1').andWhere('id = :id', { id }).execute(),
        await softly().whereInIds(id).execute(),
        await softly().where('1 = 1').andWhereInIds(id).execute(),
        await softly().where('1 = 0').orWhereInIds(id).execute(),
      ];
    },
  },
  {
    name: 'soft delete an entity by builder',
    run: async (a) => {
      const kind = a.flatKind();
      const row = await a.door(kind).findOneBy({ id: a.own(kind).id });
      if (!row) return [];
      return a
        .builder(kind)
        .softDelete()
        .whereEntity(row as never)
        .updateEntity(true)
        .execute();
    },
  },
  {
    name: 'restore everything by builder',
    run: (a) => a.builder(a.flatKind()).restore().where('1 = 1').execute(),
  },
];

export const DELETES: readonly Operation[] = DELETING.map((one) => ({ ...one, writes: true }));
