import type { Repository } from 'typeorm';
import { type AuditOperation, type RowguardDataSource, uuidV7 } from 'nestjs-rowguard';
import { OrmAccount, OrmEntry, OrmFolder, OrmGroup, OrmRate, OrmSketch } from './orm-ledger.js';

/** What is there before each path: two accounts, the first with an entry, and a group. */
export interface OrmWritten {
  readonly source: RowguardDataSource;
  readonly accounts: Repository<OrmAccount>;
  readonly entries: Repository<OrmEntry>;
  readonly one: OrmAccount;
  readonly two: OrmAccount;
  readonly entry: OrmEntry;
  readonly group: OrmGroup;
}

type Told = readonly [op: AuditOperation, table: string];
export type OrmPath = readonly [
  name: string,
  write: (written: OrmWritten) => Promise<unknown>,
  told: readonly Told[],
];

const groupsOf = ({ source, one }: OrmWritten) =>
  source.createQueryBuilder().relation(OrmAccount, 'groups').of(one.id);
const entriesOf = ({ source }: OrmWritten, account: OrmAccount) =>
  source.createQueryBuilder().relation(OrmAccount, 'entries').of(account.id);

/** Ways through save() and its like, which hand entities over. */
export const ENTITY_PATHS: readonly OrmPath[] = [
  ['save of a new row', ({ accounts }) => accounts.save({ name: 'new' }), [['insert', 'accounts']]],
  [
    'save of a change',
    ({ accounts, one }) => accounts.save({ id: one.id, name: 'x' }),
    [['update', 'accounts']],
  ],
  [
    'save without a change',
    async ({ accounts, one }) => accounts.save(await accounts.findOneByOrFail({ id: one.id })),
    [],
  ],
  [
    'save of a row that somebody has deleted meanwhile',
    async ({ accounts, two }) => {
      const read = accounts.findOneByOrFail.bind(accounts);
      const row = await read({ id: two.id });
      await accounts.delete(two.id);
      row.name = 'x';
      await accounts.save(row).catch(() => undefined);
    },
    [['delete', 'accounts']],
  ],
  [
    'save of many',
    ({ accounts }) => accounts.save([{ name: 'a' }, { name: 'b' }]),
    [
      ['insert', 'accounts'],
      ['insert', 'accounts'],
    ],
  ],
  [
    'save with a child',
    ({ accounts }) => accounts.save({ name: 'a', entries: [{ text: 'b' }] }),
    [
      ['insert', 'accounts'],
      ['insert', 'entries'],
    ],
  ],
  [
    'save that takes a child away',
    ({ accounts, one }) => accounts.save({ id: one.id, entries: [] }),
    [['update', 'entries']],
  ],
  [
    'save of a many-to-many',
    ({ accounts, one, group }) => accounts.save({ id: one.id, groups: [group] }),
    [['insert', 'account_groups']],
  ],
  [
    'save that empties a many-to-many',
    async ({ accounts, one, group }) => {
      await accounts.save({ id: one.id, groups: [group] });
      await accounts.save({ id: one.id, groups: [] });
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
    ],
  ],
  ['remove()', ({ entries, entry }) => entries.remove(entry), [['delete', 'entries']]],
  [
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
  ],
  [
    'remove() of a row that is gone',
    async ({ accounts, two }) => {
      const copy = await accounts.findOneByOrFail({ id: two.id });
      await accounts.delete(two.id);
      await accounts.remove(copy);
    },
    [['delete', 'accounts']],
  ],
  ['softRemove()', ({ accounts, one }) => accounts.softRemove(one), [['soft_delete', 'accounts']]],
  [
    'softRemove() of what is deleted already',
    async ({ accounts, two }) => {
      const copy = await accounts.findOneByOrFail({ id: two.id });
      await accounts.softDelete(two.id);
      await accounts.softRemove(copy);
    },
    [['soft_delete', 'accounts']],
  ],
  [
    'recover()',
    async ({ accounts, one }) => {
      await accounts.softRemove(one);
      await accounts.recover(one);
    },
    [
      ['soft_delete', 'accounts'],
      ['restore', 'accounts'],
    ],
  ],
  [
    'without listeners',
    ({ accounts }) => accounts.save({ name: 'quiet' }, { listeners: false }),
    [['insert', 'accounts']],
  ],
  [
    'without a transaction',
    ({ accounts }) => accounts.save({ name: 'loose' }, { transaction: false }),
    [['insert', 'accounts']],
  ],
  [
    'a tree',
    async ({ source }) => {
      const folders = source.getTreeRepository(OrmFolder);
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
  ],
];

/** Ways that name rows without handing any over. */
export const CRITERIA_PATHS: readonly OrmPath[] = [
  [
    'insert()',
    ({ accounts }) => accounts.insert([{ name: 'a' }, { name: 'b' }]),
    [
      ['insert', 'accounts'],
      ['insert', 'accounts'],
    ],
  ],
  [
    'an insert that leaves out what is there',
    ({ accounts, one }) =>
      accounts
        .createQueryBuilder()
        .insert()
        .values([{ id: one.id, name: 'a' }, { name: 'b' }])
        .orIgnore()
        .execute(),
    [['insert', 'accounts']],
  ],
  [
    'an insert from a select',
    ({ source }) =>
      source
        .createQueryBuilder()
        .insert()
        .into(OrmGroup, ['name'])
        .valuesFromSelect((builder) => builder.select('one.name').from(OrmGroup, 'one'))
        .execute(),
    [['insert', 'groups']],
  ],
  [
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
  ],
  [
    'update()',
    ({ accounts }) => accounts.update({ name: 'one' }, { name: 'x' }),
    [['update', 'accounts']],
  ],
  ['update() of nothing', ({ accounts }) => accounts.update({ name: 'nobody' }, { name: 'x' }), []],
  [
    'updateAll()',
    ({ accounts }) => accounts.updateAll({ balance: '7' }),
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
  ],
  [
    'increment()',
    ({ accounts, one }) => accounts.increment({ id: one.id }, 'balance', 5),
    [['update', 'accounts']],
  ],
  [
    'decrement()',
    ({ accounts, one }) => accounts.decrement({ id: one.id }, 'balance', 5),
    [['update', 'accounts']],
  ],
  [
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
  ],
  [
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
  ],
  ['delete()', ({ entries, entry }) => entries.delete(entry.id), [['delete', 'entries']]],
  ['delete() of nothing', ({ accounts }) => accounts.delete(uuidV7()), []],
  ['deleteAll()', ({ entries }) => entries.deleteAll(), [['delete', 'entries']]],
  [
    'a delete builder',
    ({ entries }) =>
      entries.createQueryBuilder().delete().where('text = :text', { text: 'entry' }).execute(),
    [['delete', 'entries']],
  ],
  [
    'softDelete()',
    ({ accounts, one }) => accounts.softDelete(one.id),
    [['soft_delete', 'accounts']],
  ],
  [
    'softDelete() of what is deleted already',
    async ({ accounts, one }) => {
      await accounts.softDelete(one.id);
      await accounts.softDelete(one.id);
    },
    [['soft_delete', 'accounts']],
  ],
  [
    'restore()',
    async ({ accounts, one }) => {
      await accounts.softDelete(one.id);
      await accounts.restore(one.id);
    },
    [
      ['soft_delete', 'accounts'],
      ['restore', 'accounts'],
    ],
  ],
  ['restore() of what is not deleted', ({ accounts, one }) => accounts.restore(one.id), []],
  [
    'relation().add()',
    (written) => groupsOf(written).add(written.group.id),
    [['insert', 'account_groups']],
  ],
  [
    'relation().remove()',
    async (written) => {
      await groupsOf(written).add(written.group.id);
      await groupsOf(written).remove(written.group.id);
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
    ],
  ],
  [
    'relation().add() of a child',
    (written) => entriesOf(written, written.two).add(written.entry.id),
    [['update', 'entries']],
  ],
  [
    'relation().set()',
    ({ source, entry, two }) =>
      source.createQueryBuilder().relation(OrmEntry, 'account').of(entry.id).set(two.id),
    [['update', 'entries']],
  ],
  [
    'a shared table',
    async ({ source }) => {
      const rates = source.getRepository(OrmRate);
      const rate = await rates.save({ code: uuidV7() });
      await rates.increment({ id: rate.id }, 'hits', 1);
      await rates.delete(rate.id);
    },
    [
      ['insert', 'rates'],
      ['update', 'rates'],
      ['delete', 'rates'],
    ],
  ],
];

/** Ways that end with nothing written. */
export const UNDONE_PATHS: readonly OrmPath[] = [
  [
    'a statement that fails',
    ({ accounts }) =>
      accounts.insert([{ name: 'a' }, { name: null as never }]).catch(() => undefined),
    [],
  ],
  [
    'a transaction that is undone',
    ({ source, accounts }) =>
      source
        .transaction(async () => {
          await accounts.save({ name: 'gone' });
          throw new Error('undo');
        })
        .catch(() => undefined),
    [],
  ],
  [
    'an entity that is not audited',
    ({ source }) => source.getRepository(OrmSketch).save({ text: 'x' }),
    [],
  ],
];
