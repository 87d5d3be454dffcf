import type { RunSql } from '../../schema/sql.js';
import { OWNER_PREFIX } from './owner-guarded-table.js';

export interface LiveOwnerTrigger {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly isOn: boolean;
  readonly functionSchema: string;
  readonly functionName: string;
}

export interface LiveOwnerFunction {
  readonly schema: string;
  readonly name: string;
  readonly body: string;
  readonly settings: readonly string[];
}

/** What there is in the database that looks after owners, and the tables that there are. */
export interface LiveOwnerTriggers {
  readonly tables: readonly { readonly schema: string; readonly table: string }[];
  readonly triggers: readonly LiveOwnerTrigger[];
  readonly functions: readonly LiveOwnerFunction[];
}

const LIVE = `
  SELECT
    (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'table', c.relname)), '[]')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p')) AS tables,
    (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'table', c.relname, 'name', t.tgname,
        'isOn', t.tgenabled IN ('O', 'A'), 'functionSchema', f.nspname, 'functionName', p.proname)), '[]')
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace f ON f.oid = p.pronamespace
      WHERE n.nspname = ANY($1) AND starts_with(t.tgname, $2) AND t.tgparentid = 0) AS triggers,
    (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'body', p.prosrc,
        'settings', coalesce(p.proconfig, '{}'))), '[]')
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = ANY($1) AND starts_with(p.proname, $2)) AS functions`;

export async function readLiveOwnerTriggers(
  run: RunSql,
  schemas: readonly string[],
): Promise<LiveOwnerTriggers> {
  const [live] = await run<LiveOwnerTriggers>(LIVE, [[...schemas], OWNER_PREFIX]);
  return live ?? { tables: [], triggers: [], functions: [] };
}
