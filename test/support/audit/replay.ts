import { TenantContext, type RowguardDataSource } from 'nestjs-rowguard';

/** A column's value as PostgreSQL prints it into JSON: exact, where JavaScript's numbers are not. */
type Cells = Record<string, string>;

interface Change {
  readonly op: string;
  readonly tenant: string;
  readonly pk: string;
  readonly before: string;
  readonly now: Cells;
}

const TABLES = ['accounts', 'entries', 'groups', 'folders', 'lines'];
/** Of these the log holds no values. */
const HIDDEN = ['secret', 'pin', 'scratch'];

const CHANGES = `
  select op, tenant_id::text as tenant, pk::text as pk, (pk || coalesce((select jsonb_object_agg(key, value->0)
      from jsonb_each(diff) where pk ? key and op in ('update', 'soft_delete', 'restore')), '{}'))::text as before,
    coalesce((select jsonb_object_agg(key, (value->1)::text) from jsonb_each(diff)), '{}') as now
  from audit_logs where table_name = $1 and op not in ('note', 'read') order by id`;
const ROWS = (table: string) => `
  select (select jsonb_object_agg(key, value::text) from jsonb_each(to_jsonb(t))) as cells from "${table}" t`;

/** Rows of the ledger that are not as the log alone says, or that it does not know of. */
export async function differences(source: RowguardDataSource): Promise<string[]> {
  const known = TABLES.filter((table) =>
    source.entityMetadatas.some(({ tableName }) => tableName === table),
  );
  const found: string[] = [];
  for (const table of known) {
    const told = new Set(await replayed(source, table));
    const there = new Set(await stored(source, table));
    found.push(...[...told].filter((row) => !there.has(row)).map((row) => `only told: ${row}`));
    found.push(...[...there].filter((row) => !told.has(row)).map((row) => `untold: ${row}`));
  }
  return found;
}

/** What a table has to hold, if its log is all that is known of it. */
async function replayed(source: RowguardDataSource, table: string): Promise<string[]> {
  const changes = await asSystem(() => source.query<Change[]>(CHANGES, [table]));
  const rows = new Map<string, Cells>();
  for (const { op, tenant, pk, before, now } of changes) {
    if (op === 'truncate') {
      for (const key of rows.keys()) if (key.startsWith(tenant)) rows.delete(key);
      continue;
    }
    const row = rows.get(tenant + before) ?? {};
    rows.delete(tenant + before);
    if (op !== 'delete' && op !== 'purge') rows.set(tenant + pk, { ...row, ...now });
  }
  return [...rows.values()].map(printed);
}

/** What it holds. */
async function stored(source: RowguardDataSource, table: string): Promise<string[]> {
  const rows = await asSystem(() => source.query<{ cells: Cells }[]>(ROWS(table)));
  return rows.map((row) => printed(row.cells));
}

/** Null and not there are the same: an insert names no column that is null. */
function printed(cells: Cells): string {
  const known = Object.entries(cells).filter(
    ([name, value]) => value !== 'null' && !HIDDEN.includes(name),
  );
  return JSON.stringify(Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('replaying the log', work);
}
