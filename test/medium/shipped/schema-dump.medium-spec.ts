import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type AskSql, differences, dumpSchema } from '../../support/schema-dump.js';
import { type FreshSource, openFresh } from '../../support/migration-cycle.js';

/** What one migration could do and its way down forget. */
const CHANGES: readonly string[] = [
  'drop index ix_users_email_active',
  'create index ix_extra on memberships (tenant_id, kind)',
  'alter index ix_users_email_active rename to ix_renamed',
  'drop policy memberships_tenant_guard on memberships',
  'alter policy memberships_tenant_guard on memberships using (true)',
  'alter table memberships no force row level security',
  'alter table memberships drop constraint ck_memberships_kind_d3aa0272',
  'alter table memberships drop constraint fk_memberships_id',
  'alter table memberships drop constraint fk_memberships_id, add constraint fk_memberships_id foreign key (id) references users (id) on delete cascade',
  'alter table memberships alter tenant_id drop default',
  'alter table users alter image set not null',
  'alter table users alter image type varchar(2000)',
  'alter table users drop column image',
  'alter table users drop column name, add column name text',
  'alter table users set (fillfactor = 90)',
  'grant update on users to rowguard_app',
  'grant update (name) on users to rowguard_app',
  'revoke select on users from rowguard_system',
  'revoke execute on function rowguard_tenant_id() from public',
  'alter function rowguard_tenant_id() immutable',
  `comment on table users is 'people'`,
  `comment on column users.name is 'as they call themselves'`,
  'create view names as select name from users',
  'create materialized view names as select name from users',
  'create rule nothing as on delete to users do instead nothing',
  'create function f() returns trigger language plpgsql as $$ begin return new; end $$; create trigger t before insert on users for each row execute function f()',
  `create type mood as enum ('good')`,
  'create sequence numbers',
  'create statistics s (dependencies) on name, email from users',
  'create table strays (n int)',
  'create schema elsewhere',
  'alter default privileges in schema public grant select on tables to rowguard_app',
];

describe('the dump of a schema', () => {
  let fresh: FreshSource;

  beforeAll(async () => {
    fresh = await openFresh({ schema: ['identity'] });
  });
  afterAll(() => fresh.close());

  it.each(CHANGES)('notices: %s', async (change) => {
    const found = await changed(fresh, change);

    expect(found).not.toEqual([]);
  });

  it('is the same where nothing has changed, and where a change was taken back', async () => {
    const undone =
      'create index ix_x on users (name); drop index ix_x; alter table users add column x int; alter table users drop column x';

    await expect(changed(fresh, 'select 1')).resolves.toEqual([]);
    await expect(changed(fresh, undone)).resolves.toEqual([]);
  });
});

/** In a transaction that is rolled back, as the superuser of the server. */
async function changed({ database }: FreshSource, statements: string): Promise<string[]> {
  if (!database) throw new Error('This needs a server');
  return database.asOwner(async (client) => {
    await client.query('begin');
    const before = await dumpSchema(asking(client));
    await client.query(statements);
    return differences(before, await dumpSchema(asking(client)));
  });
}

function asking(client: pg.Client): AskSql {
  return async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
}
