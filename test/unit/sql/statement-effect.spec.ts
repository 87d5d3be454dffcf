import { describe, expect, it } from '@jest/globals';
import { effectOf } from '../../../src/sql/statement-effect.js';

describe('what a statement may leave behind', () => {
  it.each([
    'select 1',
    '  (select id from customers) union (values (1))',
    'SELECT COUNT(DISTINCT("c"."id")) AS "cnt" FROM "customers" "c" WHERE ("c"."email" IN ($1, $2))',
    'with recent as materialized (select updated_at from t) select max(updated_at) from recent',
    "select 'nextval(1) for update; delete'",
    'select "update" from "delete" -- for update',
    'table customers',
    'select coalesce(sum(x), 0), lower(name) filter (where true) from t group by (a) order by (b)',
  ])('%s: nothing', (sql) => {
    expect(effectOf(sql)).toBe('reads');
  });

  it.each([
    'select add_customer($1)',
    'select app.count(1)',
    'select "count"(1)',
    'select * from my_report ($1)',
    'select/**/spend(1)',
  ])('%s: nobody here knows', (sql) => {
    expect(effectOf(sql)).toBe('may write');
  });

  it.each([
    'insert into t values (1)',
    'update t set a = 1',
    'delete from t',
    'merge into t using s on true when matched then do nothing',
    'with gone as (delete from t returning *) select * from gone',
    'select * into copy from t',
    'select * from t for update',
    'select * from t FOR NO KEY UPDATE of t skip locked',
    'select * from t for\nshare',
    'select * from t for key share nowait',
    "select nextval('s')",
    "select pg_catalog.nextval('s')",
    "select setval('s', 1)",
    'select pg_advisory_xact_lock(1)',
    'select pg_try_advisory_xact_lock_shared(1, 2)',
    "select pg_notify('a', 'b')",
    'select txid_current()',
    'select pg_current_xact_id()',
    'explain analyze select 1',
    'show all',
    'lock table t',
    'call f()',
    'fetch all from c',
    'set local x = 1',
    '',
  ])('%s: something, or it is no question', (sql) => {
    expect(effectOf(sql)).toBe('writes');
  });
});
