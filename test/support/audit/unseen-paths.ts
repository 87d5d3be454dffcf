import { EntityRefusedError, StatementRefusedError, TenantContext, uuidV7 } from 'nestjs-rowguard';
import type pg from 'pg';
import { ACME } from '../shop.js';
import { copyIn } from './copy-in.js';
import { LEDGER, LedgerLine } from './ledger.js';
import { type WritePath, type Written, unseen } from './write-path.js';

/** Where triggers see it, the tables' owner has to do it: neither tenants nor system work may. */
function withAllRights<T>({ source, asOwner }: Written, work: () => Promise<T>): Promise<T> {
  return source.changes ? TenantContext.runAsSystem('a path', work) : asOwner(work);
}

/** Ways past the builders. What the application cannot see of them it refuses. */
export const UNSEEN_PATHS: readonly WritePath[] = [
  unseen(
    'raw SQL',
    ({ source }) => source.query(`update accounts set name = 'raw' where tenant_id = $1`, [ACME]),
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
  ),
  unseen(
    'raw SQL that names the table in Unicode escapes',
    (written) =>
      withAllRights(written, () =>
        written.source.query(String.raw`update U&"acco\0075nts" set name = 'raw'`),
      ),
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
    StatementRefusedError,
  ),
  unseen(
    'raw SQL that deletes',
    ({ source, entry }) =>
      source.query(`delete from entries where tenant_id = $1 and id = $2`, [ACME, entry.id]),
    [['delete', 'entries']],
  ),
  unseen(
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
  ),
  unseen(
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
  ),
  unseen(
    'INSERT ... SELECT',
    ({ source }) =>
      source.query(
        `insert into groups (name) select name from groups where tenant_id = $1 returning id`,
        [ACME],
      ),
    [['insert', 'groups']],
  ),
  unseen(
    'a stream',
    async ({ source }) => {
      const runner = source.createQueryRunner();
      try {
        const stream = await runner.stream(
          `update accounts set name = 'streamed' where tenant_id = $1 returning id`,
          [ACME],
        );
        stream.resume();
        await new Promise<void>((resolve, reject) => {
          stream.once('end', resolve);
          stream.once('error', reject);
        });
      } finally {
        await runner.release();
      }
    },
    [
      ['update', 'accounts'],
      ['update', 'accounts'],
    ],
  ),
  unseen(
    'a block of code',
    (written) =>
      withAllRights(written, () => written.source.query('do $$ begin delete from entries; end $$')),
    [['delete', 'entries']],
  ),
  unseen(
    'TRUNCATE',
    (written) => withAllRights(written, () => written.source.query('truncate entries')),
    [['truncate', 'entries']],
  ),
  unseen('clear()', (written) => withAllRights(written, () => written.entries.clear()), [
    ['truncate', 'entries'],
  ]),
  unseen(
    'a cascade of the database',
    async ({ source, accounts, two, startWith }) => {
      if (!source.hasMetadata(LedgerLine)) return startWith([...LEDGER, LedgerLine]);
      await source.getRepository(LedgerLine).insert({ text: 'x', accountId: two.id });
      await accounts.delete(two.id);
    },
    [
      ['insert', 'lines'],
      ['delete', 'accounts'],
      ['delete', 'lines'],
    ],
    EntityRefusedError,
  ),
];

/** Sent to the embedded engine, it would end the process. */
export const COPY_PATH: WritePath = unseen(
  'COPY',
  (written) =>
    withAllRights(written, async () => {
      const runner = written.source.createQueryRunner();
      try {
        const client = (await runner.connect()) as pg.Client;
        const lines = ['a', 'b'].map((name) => [ACME, uuidV7(), name].join('\t'));
        await copyIn(client, 'copy accounts (tenant_id, id, name) from stdin', lines);
      } finally {
        await runner.release();
      }
    }),
  [
    ['insert', 'accounts'],
    ['insert', 'accounts'],
  ],
);
