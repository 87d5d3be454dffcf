import { uuidV7 } from 'nestjs-rowguard';
import { LedgerGroup } from './ledger.js';
import { type WritePath, alike, knownByOld } from './write-path.js';

/** Ways that name rows without handing any over. */
export const CRITERIA_PATHS: readonly WritePath[] = [
  alike('insert()', ({ accounts }) => accounts.insert([{ name: 'a' }, { name: 'b' }]), [
    ['insert', 'accounts'],
    ['insert', 'accounts'],
  ]),
  knownByOld(
    'upsert of a new row',
    ({ accounts }) => accounts.upsert({ id: uuidV7(), name: 'a' }, ['id']),
    [['insert', 'accounts']],
  ),
  knownByOld(
    'upsert of a row that is there',
    ({ accounts, one }) => accounts.upsert({ id: one.id, name: 'a' }, ['id']),
    [['update', 'accounts']],
  ),
  alike(
    'an insert that leaves out what is there',
    ({ accounts, one }) =>
      accounts
        .createQueryBuilder()
        .insert()
        .values([{ id: one.id, name: 'a' }, { name: 'b' }])
        .orIgnore()
        .execute(),
    [['insert', 'accounts']],
  ),
  alike(
    'an insert from a select',
    ({ source }) =>
      source
        .createQueryBuilder()
        .insert()
        .into(LedgerGroup, ['name'])
        .valuesFromSelect((builder) => builder.select('one.name').from(LedgerGroup, 'one'))
        .execute(),
    [['insert', 'groups']],
  ),
  alike(
    'an insert without listeners',
    ({ accounts }) =>
      accounts
        .createQueryBuilder()
        .insert()
        .values({ name: 'a' })
        .callListeners(false)
        .updateEntity(false)
        .execute(),
    [['insert', 'accounts']],
  ),
  alike('update()', ({ accounts }) => accounts.update({ name: 'one' }, { name: 'x' }), [
    ['update', 'accounts'],
  ]),
  alike(
    'update() of nothing',
    ({ accounts }) => accounts.update({ name: 'nobody' }, { name: 'x' }),
    [],
  ),
  alike('updateAll()', ({ accounts }) => accounts.updateAll({ balance: '7' }), [
    ['update', 'accounts'],
    ['update', 'accounts'],
  ]),
  alike('increment()', ({ accounts, one }) => accounts.increment({ id: one.id }, 'balance', 5), [
    ['update', 'accounts'],
  ]),
  alike('decrement()', ({ accounts, one }) => accounts.decrement({ id: one.id }, 'balance', 5), [
    ['update', 'accounts'],
  ]),
  alike(
    'an update builder',
    ({ accounts }) =>
      accounts
        .createQueryBuilder()
        .update()
        .set({ name: () => `name || '!'` })
        .execute(),
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
  ),
  alike(
    'an update builder with a common table expression and a sub-query',
    ({ accounts, one }) =>
      accounts
        .createQueryBuilder()
        .addCommonTableExpression(`SELECT 'one'::text AS wanted`, 'known')
        .update()
        .set({ balance: '1' })
        .where('accounts.name IN (SELECT wanted FROM known) AND id = :id', { id: one.id })
        .execute(),
    [['update', 'accounts']],
  ),
  alike('delete()', ({ entries, entry }) => entries.delete(entry.id), [['delete', 'entries']]),
  alike('delete() of nothing', ({ accounts }) => accounts.delete(uuidV7()), []),
  alike('deleteAll()', ({ entries }) => entries.deleteAll(), [['delete', 'entries']]),
  alike(
    'a delete builder',
    ({ entries }) =>
      entries.createQueryBuilder().delete().where('text = :text', { text: 'entry' }).execute(),
    [['delete', 'entries']],
  ),
  alike('softDelete()', ({ accounts, one }) => accounts.softDelete(one.id), [
    ['soft_delete', 'accounts'],
  ]),
  alike(
    'softDelete() of what is deleted already',
    async ({ accounts, one }) => {
      await accounts.softDelete(one.id);
      await accounts.softDelete(one.id);
    },
    [['soft_delete', 'accounts']],
  ),
  alike(
    'restore()',
    async ({ accounts, one }) => {
      await accounts.softDelete(one.id);
      await accounts.restore(one.id);
    },
    [
      ['soft_delete', 'accounts'],
      ['restore', 'accounts'],
    ],
  ),
  alike('restore() of what is not deleted', ({ accounts, one }) => accounts.restore(one.id), []),
];
