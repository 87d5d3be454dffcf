import { Equal, In, Not, Raw } from 'typeorm';
import { CUSTOMERS, INVOICES, LABELS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** The id of another tenant, wherever a value is accepted. */
export const ATTACKS_ON_TENANT: readonly Operation[] = [
  {
    name: 'attack: a foreign tenant in conditions',
    attack: 'harmless',
    run: async (a) => {
      const kind = a.anyKind();
      const tenantId = a.stranger;
      return [
        await a.door(kind).find({ where: { tenantId } }),
        await a
          .door(kind)
          .find({ where: [{ tenantId: In([tenantId]) }, { tenantId: Not(a.tenantId) }] }),
        await a.door(kind).findBy({ tenantId: Equal(tenantId) }),
        await a.door(kind).findBy({ tenantId: Raw((column) => `${column} is not null or 1 = 1`) }),
        await a.builder(kind).where('it.tenantId = :tenantId', { tenantId }).getMany(),
        await a
          .builder(kind)
          .where('1 = 1')
          .orWhere('it.tenant_id = :tenantId', { tenantId })
          .getMany(),
        await a.door(INVOICES).find({ where: { customer: { tenantId } } as never }),
      ];
    },
  },
  {
    name: 'attack: the tenant parameter of the predicate given another value',
    attack: 'harmless',
    run: async (a) => {
      const kind = a.anyKind();
      const other = { rowguard_tenant: a.stranger };
      return [
        await a.builder(kind).setParameters(other).getMany(),
        await a
          .builder(kind)
          .where('1 = 1', other)
          .setParameter('rowguard_tenant', a.stranger)
          .getMany(),
        await a.builder(kind).where('it.tenantId = :rowguard_tenant', other).getCount(),
      ];
    },
  },
  {
    name: 'attack: writes with a foreign tenant in the condition',
    attack: 'harmless',
    writes: true,
    run: async (a) => {
      const kind = a.flatKind();
      const tenantId = a.stranger;
      const values = { deletedBy: a.text() } as never;
      return [
        await a.door(kind).update({ tenantId }, values),
        await a.door(kind).delete({ tenantId }),
        await a.door(kind).softDelete({ tenantId }),
        await a.door(kind).restore({ tenantId }),
        await a
          .builder(kind)
          .update(kind.entity)
          .set(values)
          .where('tenant_id = :tenantId or 1 = 1', { tenantId })
          .execute(),
        await a.builder(kind).delete().where('tenant_id = :tenantId', { tenantId }).execute(),
      ];
    },
  },
  {
    name: 'attack: a whole foreign key as id',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      const key = a.foreign(kind);
      return a.oneOf([
        () => a.builder(kind).whereInIds(key).getMany(),
        () =>
          a
            .builder(kind)
            .update(kind.entity)
            .set({ deletedBy: a.text() } as never)
            .whereInIds([key])
            .execute(),
        () => a.builder(kind).delete().whereInIds(key).execute(),
        () => a.builder(kind).softDelete().whereInIds(key).execute(),
        () =>
          a
            .builder(INVOICES)
            .relation(INVOICES.entity, 'labels')
            .of(a.foreign(INVOICES))
            .add(a.own(LABELS).id),
        () =>
          a
            .builder(INVOICES)
            .relation(INVOICES.entity, 'labels')
            .of(a.own(INVOICES).id)
            .add(a.foreign(LABELS)),
      ]);
    },
  },
  {
    name: 'attack: rows of another tenant saved, inserted and removed',
    attack: 'refused',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      const row = { ...a.foreign(kind), ...a.fresh(kind) } as never;
      const fresh = { tenantId: a.stranger, ...a.fresh(kind) } as never;
      return a.oneOf([
        () => a.door(kind).save(row),
        () => a.door(kind).save([a.fresh(kind), row] as never),
        () => a.door(kind).save(a.manager.create(kind.entity, row) as never),
        () => a.manager.save(a.manager.create(kind.entity, row)),
        () => a.door(kind).save(fresh),
        () => a.door(kind).insert(fresh),
        () => a.repository(kind).insertMany([fresh, fresh]),
        () => a.repository(kind).upsertMany([row], ['id']),
        () => a.door(kind).upsert(row, ['tenantId', 'id']),
        () => a.builder(kind).insert().into(kind.entity).values(fresh).orIgnore().execute(),
        () => a.door(kind).remove(a.manager.create(kind.entity, row) as never),
        () => a.door(kind).softRemove(a.manager.create(kind.entity, row) as never),
        () => a.door(kind).recover(a.manager.create(kind.entity, row) as never),
      ]);
    },
  },
  {
    name: 'attack: rows moved to another tenant',
    attack: 'refused',
    writes: true,
    run: async (a) => {
      const kind = a.flatKind();
      const moved = { tenantId: a.stranger } as never;
      const row = await a.door(kind).findOne({ where: { id: a.own(kind).id }, withDeleted: true });
      return a.oneOf([
        () => a.door(kind).update(a.own(kind).id, moved),
        () => a.door(kind).updateAll(moved),
        () => a.builder(kind).update(kind.entity).set(moved).execute(),
        () =>
          a
            .builder(kind)
            .update(kind.entity)
            .set({ tenantId: () => `'${a.stranger}'` } as never)
            .execute(),
        () => a.door(kind).save(Object.assign(row ?? a.fresh(kind), moved) as never),
        () =>
          a
            .builder(kind)
            .insert()
            .into(kind.entity)
            .values({ ...a.fresh(kind), tenantId: () => `'${a.stranger}'` } as never)
            .execute(),
      ]);
    },
  },
  {
    name: 'attack: references that name another tenant',
    attack: 'refused',
    writes: true,
    run: async (a) => {
      const customer = a.foreign(CUSTOMERS);
      const row = (await a.door(INVOICES).find({ take: 1, withDeleted: true }))[0] ?? {};
      return a.oneOf([
        () => a.door(INVOICES).save({ number: a.text(), customer } as never),
        () => a.door(INVOICES).save({ number: a.text(), labels: [a.foreign(LABELS)] } as never),
        () => a.door(INVOICES).insert({ number: a.text(), customer } as never),
        () => a.door(INVOICES).save(Object.assign(row, { customer }) as never),
        () => a.door(CUSTOMERS).save({ email: a.text(), invoices: [a.foreign(INVOICES)] } as never),
        () =>
          a
            .builder(INVOICES)
            .relation(INVOICES.entity, 'customer')
            .of(a.own(INVOICES).id)
            .set(customer),
        () => a.door(INVOICES).update(a.own(INVOICES).id, { customer } as never),
      ]);
    },
  },
  {
    name: 'attack: an upsert that overwrites the tenant',
    attack: 'harmless',
    writes: true,
    run: (a) => {
      const kind = a.flatKind();
      return a
        .builder(kind)
        .insert()
        .into(kind.entity)
        .values({ id: a.own(kind).id, ...a.fresh(kind) } as never)
        .orUpdate(['tenant_id', 'deleted_by'], ['id'])
        .execute();
    },
  },
];
