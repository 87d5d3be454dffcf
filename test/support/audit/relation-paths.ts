import { uuidV7 } from 'nestjs-rowguard';
import { LedgerAccount, LedgerEntry, LedgerRate, Sketch } from './ledger.js';
import { type WritePath, type Written, alike } from './write-path.js';

const groupsOf = ({ source, one }: Written) =>
  source.createQueryBuilder().relation(LedgerAccount, 'groups').of(one.id);
const entriesOf = ({ source }: Written, account: LedgerAccount) =>
  source.createQueryBuilder().relation(LedgerAccount, 'entries').of(account.id);

/** Ways through relations, and what a transaction does to any of them. */
export const RELATION_PATHS: readonly WritePath[] = [
  alike('relation().add()', (written) => groupsOf(written).add(written.group.id), [
    ['insert', 'account_groups'],
  ]),
  alike(
    'relation().remove()',
    async (written) => {
      await groupsOf(written).add(written.group.id);
      await groupsOf(written).remove(written.group.id);
    },
    [
      ['insert', 'account_groups'],
      ['delete', 'account_groups'],
    ],
  ),
  alike(
    'relation().add() of a child',
    (written) => entriesOf(written, written.two).add(written.entry.id),
    [['update', 'entries']],
  ),
  alike(
    'relation().set()',
    ({ source, entry, two }) =>
      source.createQueryBuilder().relation(LedgerEntry, 'account').of(entry.id).set(two.id),
    [['update', 'entries']],
  ),
  alike(
    'a shared table',
    async ({ source }) => {
      const rates = source.getRepository(LedgerRate);
      const rate = await rates.save({ code: uuidV7() });
      await rates.increment({ id: rate.id }, 'hits', 1);
      await rates.delete(rate.id);
    },
    [
      ['insert', 'rates'],
      ['update', 'rates'],
      ['delete', 'rates'],
    ],
  ),
];

/** Ways that end with nothing written. */
export const UNDONE_PATHS: readonly WritePath[] = [
  alike(
    'a statement that fails',
    ({ accounts }) =>
      accounts.insert([{ name: 'a' }, { name: null as never }]).catch(() => undefined),
    [],
  ),
  alike(
    'a transaction that is undone',
    ({ source, accounts }) =>
      source
        .transaction(async () => {
          await accounts.save({ name: 'gone' });
          throw new Error('undo');
        })
        .catch(() => undefined),
    [],
  ),
  alike(
    'an entity that is not audited',
    ({ source }) => source.getRepository(Sketch).save({ text: 'x' }),
    [],
  ),
];
