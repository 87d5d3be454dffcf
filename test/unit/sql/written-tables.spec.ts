import { describe, expect, it } from '@jest/globals';
import { writtenTables } from '../../../src/sql/written-tables.js';

const names = (text: string) =>
  writtenTables(text).map(({ schema, table }) => (schema ? `${schema}.${table}` : table));

describe('the tables that a statement writes to', () => {
  it.each<[string, string[]]>([
    ['insert into notes (a) values (1)', ['notes']],
    ['INSERT INTO"Notes"(a) select 1', ['Notes']],
    ['insert into public.notes as n default values', ['public.notes']],
    ['insert into "my ""own"""."not.es" values (1)', ['my "own".not.es']],
    ['update notes set a = 1', ['notes']],
    ['update only (notes) set a = 1', ['notes']],
    ['update/**/notes\nset a = 1', ['notes']],
    ['delete from only public . notes using other', ['public.notes']],
    ['merge into notes n using other o on true when matched then update set a = 1', ['notes']],
    ['merge into notes using x on true when matched then delete', ['notes']],
    ['insert into notes values (1) on conflict (id) do update set a = 1', ['notes']],
    ['truncate notes', ['notes']],
    ['truncate table only a, public.b *, "C" cascade', ['a', 'public.b', 'C']],
    ['copy notes (a, b) from stdin', ['notes']],
    [
      'with x as (delete from notes returning *) insert into other select * from x',
      ['notes', 'other'],
    ],
    ['with x as materialized (update notes set a = 1 returning 1) select * from x', ['notes']],
    ['explain analyze update notes set a = 1', ['notes']],
    ['explain (analyze, buffers) delete from notes', ['notes']],
    ['prepare p as update notes set a = $1', ['notes']],
    ['do $$ begin update notes set a = 1; end $$', ['notes']],
    [`do 'begin delete from notes; end'`, ['notes']],
    ['update ключи set a = 1', ['ключи']],
  ])('are found in %j', (text, tables) => {
    expect(names(text)).toEqual(tables);
  });

  it.each([
    'select * from notes',
    'select a into temp x from notes for update of notes',
    'select 1 from notes for no key update',
    'select 1 from notes for update',
    `select 'update notes set a = 1'`,
    'select 1 as "update notes"',
    'select $$delete from notes$$',
    '/* update notes */ select 1 -- delete from notes',
    'explain update notes set a = 1',
    'copy notes to stdout',
    'select updated, deleted from notes',
    'lock table notes',
    '',
  ])('are none in %j', (text) => {
    expect(names(text)).toEqual([]);
  });

  it('are emptied by TRUNCATE alone', () => {
    expect(writtenTables('truncate a; delete from b').map((one) => one.empties)).toEqual([
      true,
      false,
    ]);
  });
});
