import { LedgerFolder } from './ledger.js';
import { type WritePath, alike } from './write-path.js';

/** Ways through save() and its like, which hand entities over. */
export const ENTITY_PATHS: readonly WritePath[] = [
  alike('save of a new row', ({ accounts }) => accounts.save({ name: 'new' }), [
    ['insert', 'accounts'],
  ]),
  alike('save of a change', ({ accounts, one }) => accounts.save({ id: one.id, name: 'x' }), [
    ['update', 'accounts'],
  ]),
  alike(
    'save without a change',
    async ({ accounts, one }) => accounts.save(await accounts.findOneByOrFail({ id: one.id })),
    [],
  ),
  alike(
    'save of a row that somebody has deleted meanwhile',
    async ({ accounts, two }) => {
      const read = accounts.findOneByOrFail.bind(accounts);
      const row = await read({ id: two.id });
      await accounts.delete(two.id);
      row.name = 'x';
      await accounts.save(row).catch(() => undefined);
    },
    [['delete', 'accounts']],
  ),
  alike('save of many', ({ accounts }) => accounts.save([{ name: 'a' }, { name: 'b' }]), [
    ['insert', 'accounts'],
    ['insert', 'accounts'],
  ]),
  alike(
    'save with a child',
    ({ accounts }) => accounts.save({ name: 'a', entries: [{ text: 'b' }] }),
    [
      ['insert', 'accounts'],
      ['insert', 'entries'],
    ],
  ),
  alike(
    'save that takes a child away',
    ({ accounts, one }) => accounts.save({ id: one.id, entries: [] }),
    [['update', 'entries']],
  ),
  alike(
    'save of a many-to-many',
    ({ accounts, one, group }) => accounts.save({ id: one.id, groups: [group] }),
    [['insert', 'account_groups']],
  ),
  alike(
    'save that empties a many-to-many',
    async ({ accounts, one, group }) => {
      await accounts.save({ id: one.id, groups: [group] });
      await accounts.save({ id: one.id, groups: [] });
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
    ],
  ),
  alike('remove()', ({ entries, entry }) => entries.remove(entry), [['delete', 'entries']]),
  alike(
    'remove() with its many-to-many',
    async ({ accounts, two, group }) => {
      await accounts.save({ id: two.id, groups: [group] });
      await accounts.remove(await accounts.findOneByOrFail({ id: two.id }));
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
      ['delete', 'accounts'],
    ],
  ),
  alike(
    'remove() of a row that is gone',
    async ({ accounts, two }) => {
      const copy = await accounts.findOneByOrFail({ id: two.id });
      await accounts.delete(two.id);
      await accounts.remove(copy);
    },
    [['delete', 'accounts']],
  ),
  alike('softRemove()', ({ accounts, one }) => accounts.softRemove(one), [
    ['soft_delete', 'accounts'],
  ]),
  alike(
    'softRemove() of what is deleted already',
    async ({ accounts, two }) => {
      const copy = await accounts.findOneByOrFail({ id: two.id });
      await accounts.softDelete(two.id);
      await accounts.softRemove(copy);
    },
    [['soft_delete', 'accounts']],
  ),
  alike(
    'recover()',
    async ({ accounts, one }) => {
      await accounts.softRemove(one);
      await accounts.recover(one);
    },
    [
      ['soft_delete', 'accounts'],
      ['restore', 'accounts'],
    ],
  ),
  alike(
    'without listeners',
    ({ accounts }) => accounts.save({ name: 'quiet' }, { listeners: false }),
    [['insert', 'accounts']],
  ),
  alike(
    'without a transaction',
    ({ accounts }) => accounts.save({ name: 'loose' }, { transaction: false }),
    [['insert', 'accounts']],
  ),
  alike(
    'a tree',
    async ({ source }) => {
      const folders = source.getTreeRepository(LedgerFolder);
      const top = await folders.save({ name: 'top' });
      await folders.save({ name: 'below', parent: top });
    },
    [
      // TypeORM writes the path of a row once it is there.
      ['insert', 'folders'],
      ['insert', 'folders'],
      ['update', 'folders'],
      ['update', 'folders'],
    ],
  ),
];
