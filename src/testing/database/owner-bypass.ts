import { quoteName } from '../../schema/sql.js';
import { type Ask, type Table, pathOf } from './written-tables.js';

/** What keeps the owner of tables from emptying and filling them, and how to put it back. */
export interface OwnerBypass {
  readonly open: readonly string[];
  readonly close: readonly string[];
}

interface Obstacles extends Table {
  readonly forced: boolean;
  readonly triggers: readonly { readonly name: string; readonly mode: string }[];
}

const ENABLE: Readonly<Record<string, string>> = {
  O: 'enable',
  A: 'enable always',
  R: 'enable replica',
};

/**
 * A superuser sets session_replication_role; an owner has to turn off by hand what stops him: the
 * triggers of append-only and audited tables, and the policies where they are forced. With the
 * tables, those that refer to them.
 */
export async function bypassOf(ask: Ask, tables: readonly Table[]): Promise<OwnerBypass> {
  if (tables.length === 0) return { open: [], close: [] };
  const found = await ask<Obstacles>(
    `with recursive met(oid) as (
       select path::regclass::oid from unnest($1::text[]) path
       union select k.conrelid from met join pg_constraint k on k.confrelid = met.oid)
     select n.nspname as schema, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
       coalesce((select jsonb_agg(jsonb_build_object('name', t.tgname, 'mode', t.tgenabled) order by t.tgname)
         from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'), '[]') as triggers
     from met join pg_class c using (oid)
     join pg_namespace n on n.oid = c.relnamespace`,
    [tables.map(pathOf)],
  );
  return {
    open: found.flatMap((table) => altersOf(table, 'no force', () => 'disable')),
    close: found.flatMap((table) => altersOf(table, 'force', (mode) => ENABLE[mode] ?? 'enable')),
  };
}

function altersOf(table: Obstacles, forcing: string, verb: (mode: string) => string): string[] {
  const alters = table.triggers.map(({ name, mode }) => `${verb(mode)} trigger ${quoteName(name)}`);
  if (table.forced) alters.push(`${forcing} row level security`);
  return alters.length === 0 ? [] : [`alter table ${pathOf(table)} ${alters.join(', ')}`];
}

/** Tables that others refer to first; those of a circle as they come. */
export async function byReference<One extends Table>(
  ask: Ask,
  tables: readonly One[],
): Promise<One[]> {
  const references = await ask<{ from: string; to: string }>(
    `select conrelid::regclass::oid::text as from, confrelid::regclass::oid::text as to from pg_constraint
     where contype = 'f' and conrelid <> confrelid`,
  );
  const oids = await ask<{ oid: string }>(
    'select path::regclass::oid::text as oid from unnest($1::text[]) with ordinality as p(path, at) order by at',
    [tables.map(pathOf)],
  );
  const open = new Map(tables.map((table, at) => [oids[at]?.oid ?? '', table]));
  const sorted: One[] = [];
  while (open.size > 0) {
    const isFree = (oid: string) => !references.some((one) => one.from === oid && open.has(one.to));
    const [next] = [...open.keys()].filter(isFree).concat([...open.keys()]);
    sorted.push(open.get(next as string) as One);
    open.delete(next as string);
  }
  return sorted;
}
