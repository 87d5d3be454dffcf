import type { Repository } from 'typeorm';
import { type AuditOperation, type RowguardDataSource, uuidV7 } from 'nestjs-rowguard';
import { LedgerAccount, type LedgerEntry, type LedgerGroup, Sketch } from '../ledger.js';
import { ACME } from '../shop.js';

/** What is there before each path: two accounts, the first with an entry, and a group. */
export interface Written {
  readonly source: RowguardDataSource;
  readonly accounts: Repository<LedgerAccount>;
  readonly entries: Repository<LedgerEntry>;
  readonly one: LedgerAccount;
  readonly entry: LedgerEntry;
  readonly group: LedgerGroup;
}

type Told = readonly [op: AuditOperation, table: string];
type WritePath = readonly [
  name: string,
  write: (written: Written) => Promise<unknown>,
  told: readonly Told[],
];

/** Each way to write, with the rows that it has to leave in the log. */
export const WRITE_PATHS: readonly WritePath[] = [
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
    'save of a many-to-many',
    ({ accounts, one, group }) => accounts.save({ id: one.id, groups: [group] }),
    [['insert', 'account_groups']],
  ],
  [
    'insert()',
    ({ accounts }) => accounts.insert([{ name: 'a' }, { name: 'b' }]),
    [
      ['insert', 'accounts'],
      ['insert', 'accounts'],
    ],
  ],
  [
    'upsert of a new row',
    ({ accounts }) => accounts.upsert({ id: uuidV7(), name: 'a' }, ['id']),
    [['insert', 'accounts']],
  ],
  [
    'upsert of a row that is there',
    ({ accounts, one }) => accounts.upsert({ id: one.id, name: 'a' }, ['id']),
    [['update', 'accounts']],
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
    'insertMany()',
    ({ accounts }) =>
      accounts
        .createQueryBuilder()
        .insert()
        .values([{ name: 'a' }, { name: 'b' }])
        .execute(),
    [
      ['insert', 'accounts'],
      ['insert', 'accounts'],
    ],
  ],
  [
    'update()',
    ({ accounts }) => accounts.update({ name: 'one' }, { name: 'x' }),
    [['update', 'accounts']],
  ],
  ['update() of nothing', ({ accounts }) => accounts.update({ name: 'nobody' }, { name: 'x' }), []],
  [
    'increment()',
    ({ accounts, one }) => accounts.increment({ id: one.id }, 'balance', 5),
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
    'delete()',
    ({ accounts, one }) => accounts.delete(one.id),
    [
      ['delete', 'accounts'],
      ['delete', 'entries'],
    ],
  ],
  ['delete() of nothing', ({ accounts }) => accounts.delete(uuidV7()), []],
  ['remove()', ({ entries, entry }) => entries.remove(entry), [['delete', 'entries']]],
  [
    'softDelete()',
    ({ accounts, one }) => accounts.softDelete(one.id),
    [['soft_delete', 'accounts']],
  ],
  ['softRemove()', ({ accounts, one }) => accounts.softRemove(one), [['soft_delete', 'accounts']]],
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
    'relation().add()',
    ({ source, one, group }) =>
      source.createQueryBuilder().relation(LedgerAccount, 'groups').of(one.id).add(group.id),
    [['insert', 'account_groups']],
  ],
  [
    'relation().remove()',
    async ({ source, one, group }) => {
      const groups = () => source.createQueryBuilder().relation(LedgerAccount, 'groups').of(one.id);
      await groups().add(group.id);
      await groups().remove(group.id);
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
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
    'raw SQL',
    ({ source }) => source.query(`update accounts set name = 'raw' where tenant_id = $1`, [ACME]),
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
  ],
  [
    'raw SQL that deletes with what depends on it',
    ({ source, one }) =>
      source.query(`delete from accounts where tenant_id = $1 and id = $2`, [ACME, one.id]),
    [
      ['delete', 'accounts'],
      ['delete', 'entries'],
    ],
  ],
  [
    'MERGE',
    ({ source, one }) =>
      source.query(
        `merge into accounts a using (values ($1::uuid, 'merged'), ($2::uuid, 'fresh')) v(id, name) on a.tenant_id = $3::uuid and a.id = v.id
         when matched then update set name = v.name when not matched then insert (tenant_id, id, name) values ($3::uuid, v.id, v.name)`,
        [one.id, uuidV7(), ACME],
      ),
    [
      ['insert', 'accounts'],
      ['update', 'accounts'],
    ],
  ],
  [
    'a writing CTE',
    ({ source, one }) =>
      source.query(
        `with gone as (delete from entries where tenant_id = $1 returning id), changed as (update accounts set name = 'cte' where tenant_id = $1 and id = $2 returning id) select count(*) from gone`,
        [ACME, one.id],
      ),
    [
      ['delete', 'entries'],
      ['update', 'accounts'],
    ],
  ],
  [
    'INSERT ... SELECT',
    ({ source }) =>
      source.query(
        `insert into groups (name) select name from groups where tenant_id = $1 returning id`,
        [ACME],
      ),
    [['insert', 'groups']],
  ],
  [
    'a statement that fails',
    ({ source }) =>
      source.query(`insert into accounts (name) values ('a'), (null)`).catch(() => undefined),
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
    ({ source }) => source.getRepository(Sketch).save({ text: 'x' }),
    [],
  ],
];
