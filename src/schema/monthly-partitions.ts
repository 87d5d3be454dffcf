import { type RunSql, quoteLiteral, quoteName } from './sql.js';

/** A month in UTC, such as 2026-01. */
export type Month = string;

/** The months from the one that `date` lies in, to so many ahead. */
export function monthsFrom(date: Date, ahead: number): Month[] {
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return Array.from({ length: ahead + 1 }, (_, offset) => monthAfter(new Date(first), offset));
}

/**
 * Gives a table that is partitioned by month the partitions that it lacks, and moves into them what
 * the default partition has caught meanwhile. Answers with the partitions that it made.
 */
export async function ensureMonthlyPartitions(
  run: RunSql,
  table: string,
  months: readonly Month[],
): Promise<string[]> {
  await run('select pg_advisory_xact_lock(hashtext($1))', [`rowguard:partitions:${table}`]);
  const horizon = months.at(-1) ?? '';
  const caught = await monthsCaught(run, table, horizon);
  const known = await partitionsOf(run, table);
  const missing = [...new Set([...caught, ...months])]
    .toSorted()
    .filter((month) => !known.has(nameOf(table, month)));
  const inTheWay = missing.some((month) => caught.includes(month));
  const fallback = quoteName(`${table}_default`);
  // PostgreSQL does not take a range out of the default partition while rows of it lie there.
  if (inTheWay) await run(`ALTER TABLE ${quoteName(table)} DETACH PARTITION ${fallback}`);
  for (const month of missing) {
    for (const statement of createPartition(table, month)) await run(statement);
    if (caught.includes(month)) await run(moveRows(table, month, await storedColumns(run, table)));
  }
  if (inTheWay) await run(`ALTER TABLE ${quoteName(table)} ATTACH PARTITION ${fallback} DEFAULT`);
  return missing.map((month) => nameOf(table, month));
}

export interface MonthlyPartition {
  readonly month: Month;
  readonly name: string;
  readonly from: Date;
  /** Where the next month begins. */
  readonly to: Date;
}

/** The partitions that hold a month, the oldest first. */
export async function monthlyPartitions(run: RunSql, table: string): Promise<MonthlyPartition[]> {
  const names = [...(await partitionsOf(run, table))];
  return names
    .flatMap((name) => {
      const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
      return year && month && nameOf(table, `${year}-${month}`) === name ? `${year}-${month}` : [];
    })
    .toSorted()
    .map((month) => {
      const from = new Date(`${month}-01T00:00:00.000Z`);
      const to = new Date(`${monthAfter(from, 1)}-01T00:00:00.000Z`);
      return { month, name: nameOf(table, month), from, to };
    });
}

/** Tenants have no rights on a partition; without a policy of its own it is closed a second time. */
export function closePartition(name: string): string {
  return `ALTER TABLE ${quoteName(name)} ENABLE ROW LEVEL SECURITY`;
}

/** TRUNCATE of a partition asks the triggers of that partition only. */
export function refuseTruncate(table: string): string {
  return `CREATE TRIGGER "refuse_truncate" BEFORE TRUNCATE ON ${quoteName(table)} FOR EACH STATEMENT EXECUTE FUNCTION rowguard_refuse_change()`;
}

function createPartition(table: string, month: Month): string[] {
  const name = nameOf(table, month);
  const [from, to] = boundsOf(month);
  return [
    `CREATE TABLE ${quoteName(name)} PARTITION OF ${quoteName(table)} FOR VALUES FROM (${from}) TO (${to})`,
    closePartition(name),
    refuseTruncate(name),
  ];
}

function moveRows(table: string, month: Month, columns: string): string {
  const [from, to] = boundsOf(month);
  return `WITH moved AS (DELETE FROM ${quoteName(`${table}_default`)} WHERE "at" >= ${from} AND "at" < ${to} RETURNING *)
    INSERT INTO ${quoteName(nameOf(table, month))} (${columns}) SELECT ${columns} FROM moved`;
}

/** All but those that PostgreSQL works out itself. */
async function storedColumns(run: RunSql, table: string): Promise<string> {
  const rows = await run<{ name: string }>(
    `select attname::text as name from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''`,
    [quoteName(table)],
  );
  return rows.map((row) => quoteName(row.name)).join(', ');
}

async function monthsCaught(run: RunSql, table: string, horizon: Month): Promise<Month[]> {
  const rows = await run<{ month: Month }>(
    `select distinct to_char("at" at time zone 'UTC', 'YYYY-MM') as month from ${quoteName(`${table}_default`)}`,
  );
  return rows.map((row) => row.month).filter((month) => month <= horizon);
}

async function partitionsOf(run: RunSql, table: string): Promise<Set<string>> {
  const rows = await run<{ name: string }>(
    `select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass($1)`,
    [quoteName(table)],
  );
  return new Set(rows.map((row) => row.name));
}

function nameOf(table: string, month: Month): string {
  return `${table}_${month.replace('-', '_')}`;
}

function boundsOf(month: Month): [string, string] {
  const first = new Date(`${month}-01T00:00:00.000Z`);
  return [month, monthAfter(first, 1)].map((one) => quoteLiteral(`${one}-01T00:00:00Z`)) as [
    string,
    string,
  ];
}

function monthAfter(first: Date, offset: number): Month {
  const date = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + offset, 1));
  return date.toISOString().slice(0, 7);
}
