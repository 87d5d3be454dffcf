import pg from 'pg';
import { type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import { JOIN_TABLE, KINDS, REFERENCES, type Row, TABLES } from './kinds.js';

type Run = <T>(sql: string, values?: unknown[]) => Promise<T[]>;

/** Rows of a table as they stand: [tenant, id, is it alive]. */
export interface OwnedRow {
  readonly id: string;
  readonly alive: boolean;
}

/** Looks past both walls, and puts the fixture back. */
export class Oracle {
  private snapshot = new Map<string, string>();

  private constructor(
    readonly run: Run,
    readonly close: () => Promise<void>,
  ) {}

  /** As the superuser of the server, on a connection of its own. */
  static async onServer(url: string): Promise<Oracle> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const run = async <T>(sql: string, values?: unknown[]) =>
      (await client.query(sql, values)).rows as T[];
    return new Oracle(run, () => client.end());
  }

  /** The embedded engine has no second connection: there the system looks. */
  static onEngine(source: RowguardDataSource): Oracle {
    const run = <T>(sql: string, values?: unknown[]) =>
      TenantContext.runAsSystem('looking past the walls', () =>
        source.query<T[]>(sql, values ?? []),
      );
    return new Oracle(run, () => Promise.resolve());
  }

  async takeSnapshot(): Promise<void> {
    for (const table of TABLES) {
      const [row] = await this.run<{ rows: unknown }>(
        `select coalesce(jsonb_agg(t), '[]') as rows from ${table} t`,
      );
      this.snapshot.set(table, JSON.stringify(row?.rows));
    }
  }

  async restore(): Promise<void> {
    for (const table of [...TABLES].reverse()) await this.run(`delete from ${table}`);
    for (const table of TABLES) {
      await this.run(
        `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
        [this.snapshot.get(table)],
      );
    }
  }

  /** The ids of the fixture, oldest first. */
  async fixtureRows(): Promise<Map<string, Row[]>> {
    const rows = new Map<string, Row[]>();
    for (const { table } of KINDS) {
      rows.set(
        table,
        await this.run<Row>(`select tenant_id as "tenantId", id from ${table} order by id`),
      );
    }
    return rows;
  }

  /** One hash a table and tenant. */
  async hashes(): Promise<Map<string, string>> {
    const parts = TABLES.map(
      (table) => `select '${table}' as of, tenant_id::text as tenant,
        md5(string_agg(t::text, '|' order by t::text)) as hash from ${table} t group by tenant_id`,
    );
    const rows = await this.run<{ of: string; tenant: string; hash: string }>(
      parts.join(' union all '),
    );
    return new Map(rows.map((row) => [`${row.tenant}|${row.of}`, row.hash]));
  }

  /** References whose row is not there in the same tenant, and so could only be another's. */
  async crossReferences(): Promise<number> {
    const parts = REFERENCES.map(
      ([table, column, target]) => `select count(*)::int as n from ${table} c
        where c.${column} is not null and not exists
          (select 1 from ${target} p where p.tenant_id = c.tenant_id and p.id = c.${column})`,
    );
    const rows = await this.run<{ n: number }>(parts.join(' union all '));
    return rows.reduce((sum, row) => sum + row.n, 0);
  }

  async owned(table: string, tenantId: string): Promise<OwnedRow[]> {
    return this.run<OwnedRow>(
      `select id, deleted_at is null as alive from ${table} where tenant_id = $1 order by id`,
      [tenantId],
    );
  }

  async sums(tenantId: string): Promise<{ total: string; labelled: number }> {
    const [row] = await this.run<{ total: string; labelled: number }>(
      `select (select coalesce(sum(total), 0)::text from invoices where tenant_id = $1 and deleted_at is null) as total,
        (select count(*)::int from ${JOIN_TABLE} j
           join invoices i on i.tenant_id = j.tenant_id and i.id = j.invoices_id
           join labels l on l.tenant_id = j.tenant_id and l.id = j.labels_id
         where j.tenant_id = $1 and i.deleted_at is null and l.deleted_at is null) as labelled`,
      [tenantId],
    );
    return row as { total: string; labelled: number };
  }
}
