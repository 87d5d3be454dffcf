import { quoteName } from '../../schema/sql.js';

/** Rows that are there from the start are kept here; nobody but the owner may see it. */
export const MEMORY = 'rowguard_test_memory';

export type Ask = <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>;

export interface Table {
  readonly schema: string;
  readonly name: string;
}

/**
 * Tables that may hold rows, as their files tell; only those of the login, unless it is a superuser:
 * nobody else's could be emptied.
 */
export function filledTables(ask: Ask): Promise<Table[]> {
  return ask<Table>(
    `select n.nspname as schema, c.relname as name from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and pg_relation_size(c.oid) > 0
       and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', '${MEMORY}')
       and pg_has_role(session_user, c.relowner, 'USAGE')
     order by 1, 2`,
  );
}

/** Those that do hold some, as far as the login sees them. */
export async function writtenTables(ask: Ask): Promise<Table[]> {
  const candidates = await filledTables(ask);
  if (candidates.length === 0) return [];
  const probes = candidates.map(
    (table, at) => `select ${at} as at where exists (select from ${pathOf(table)})`,
  );
  const found = await ask<{ at: number }>(probes.join(' union all '));
  return found.map(({ at }) => candidates[at] as Table);
}

/** Those that are not computed. */
export async function columnsOf(ask: Ask, { schema, name }: Table): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = format('%I.%I', $1::text, $2::text)::regclass
       and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [schema, name],
  );
  return rows.map((row) => row.name);
}

export function pathOf({ schema, name }: Table): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}
