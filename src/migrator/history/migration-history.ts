import { hostname } from 'node:os';
import type { DataSource, QueryRunner } from 'typeorm';
import { type RunSql, quoteName } from '../../schema/sql.js';
import type { Direction } from '../recording/recorded-migration.js';
import type { HistoryEntry, HistoryRow } from './history-row.js';

const MOST_LETTERS_OF_A_PERSON = 100;

const DETAILS = `s.status, s.direction, s.checksum, s.finished_at as "finishedAt", s.ms, s."by",
  s.app_version as "appVersion", s.approved_by as "approvedBy", s.reason`;
const NO_DETAILS = `null as status, null as direction, null as checksum, null as "finishedAt", null as ms,
  null as "by", null as "appVersion", null as "approvedBy", null as reason`;

/**
 * TypeORM's table of what was applied, as TypeORM leaves it, and beside it a table of what was
 * applied exactly, by whom, and what failed.
 */
export class MigrationHistory {
  readonly table: string;
  readonly details: string;
  private readonly plainName: string;

  constructor(
    private readonly source: DataSource,
    private readonly run: RunSql = (sql, parameters) => source.query(sql, parameters),
  ) {
    const { schema } = source.driver as { schema?: string };
    this.plainName = source.options.migrationsTableName ?? 'migrations';
    const qualified = (name: string) =>
      schema === undefined ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
    this.table = qualified(this.plainName);
    this.details = qualified(detailsOf(this.plainName));
  }

  /** In at most two queries, and without creating anything. */
  async read(): Promise<readonly HistoryRow[]> {
    const [there] = await this.run<{ history: boolean; details: boolean }>(
      'select to_regclass($1) is not null as history, to_regclass($2) is not null as details',
      [this.table, this.details],
    );
    if (!there?.history) return [];
    const rows = await this.run<HistoryRow & { timestamp: string }>(
      there.details
        ? `select coalesce(m.name, s.name) as name, m.timestamp, m.id, ${DETAILS}
           from ${this.table} m full join ${this.details} s on s.name = m.name order by m.id`
        : `select m.name, m.timestamp, m.id, ${NO_DETAILS} from ${this.table} m order by m.id`,
    );
    return rows.map((row) => ({ ...row, timestamp: timestampOf(row) }));
  }

  /** Where the tables are missing. */
  async create(runner: QueryRunner): Promise<void> {
    const key = quoteName(this.source.namingStrategy.primaryKeyName(this.plainName, ['id']));
    await runner.query(
      `create table if not exists ${this.table} ("id" serial not null, "timestamp" bigint not null,
         "name" character varying not null, constraint ${key} primary key ("id"))`,
    );
    await runner.query(
      `create table if not exists ${this.details} ("name" character varying primary key, checksum text,
         statements jsonb not null default '[]',
         status text not null check (status in ('running', 'ok', 'failed')),
         direction text not null check (direction in ('up', 'down')),
         started_at timestamptz not null default clock_timestamp(), finished_at timestamptz, ms integer,
         "by" text, app_version text, approved_by text, reason text)`,
    );
  }

  /**
   * Takes a migration for oneself. Undefined if another process has done it meanwhile, whom this one
   * waits for; otherwise the server process that is going to do it.
   */
  async claim(runner: QueryRunner, entry: HistoryEntry): Promise<number | undefined> {
    const rows = (await runner.query(
      `insert into ${this.details} as s (name, checksum, status, direction, "by", app_version, approved_by, reason)
       values ($1, $2, 'running', $3, $4, $5, $6, $7)
       on conflict (name) do update set checksum = excluded.checksum, statements = '[]',
         status = 'running', direction = excluded.direction, started_at = clock_timestamp(),
         finished_at = null, ms = null, "by" = excluded."by", app_version = excluded.app_version,
         approved_by = excluded.approved_by, reason = excluded.reason
       where s.direction <> excluded.direction or s.status <> 'ok'
       returning pg_backend_pid() as pid`,
      [
        entry.name,
        entry.checksum,
        entry.direction,
        person(),
        process.env['npm_package_version'] ?? null,
        entry.approvedBy ?? null,
        entry.reason ?? null,
      ],
    )) as { pid: number }[];
    return rows[0]?.pid;
  }

  /** In the transaction of the migration, if it has one: then both are there, or neither. */
  async complete(
    runner: QueryRunner,
    entry: HistoryEntry,
    statements: readonly string[],
  ): Promise<void> {
    await this.list(runner, entry, entry.direction);
    await runner.query(
      `update ${this.details} set status = 'ok', statements = $2::jsonb, finished_at = clock_timestamp(),
         ms = extract(epoch from clock_timestamp() - started_at) * 1000 where name = $1`,
      [entry.name, JSON.stringify(statements)],
    );
  }

  async fail(runner: QueryRunner, name: string, reason: string): Promise<void> {
    await runner.query(
      `update ${this.details} set status = 'failed', reason = $2, finished_at = clock_timestamp() where name = $1`,
      [name, reason],
    );
  }

  /** Takes down, or strikes out, that a migration is applied: what TypeORM looks at. */
  async list(
    runner: QueryRunner,
    { name, timestamp }: Pick<HistoryEntry, 'name' | 'timestamp'>,
    direction: Direction,
  ): Promise<void> {
    if (direction === 'down')
      await runner.query(`delete from ${this.table} where "name" = $1`, [name]);
    else
      await runner.query(
        `insert into ${this.table} ("timestamp", "name") select $1::bigint, $2::varchar
         where not exists (select from ${this.table} where "name" = $2)`,
        [timestamp, name],
      );
  }

  /** Counts as applied, with the checksum that it has now. */
  async accept(runner: QueryRunner, entry: HistoryEntry): Promise<void> {
    await runner.query(
      `insert into ${this.details} as s (name, checksum, status, direction, "by", reason, finished_at)
       values ($1, $2, 'ok', 'up', $3, $4, clock_timestamp())
       on conflict (name) do update set checksum = excluded.checksum, status = 'ok', direction = 'up',
         "by" = excluded."by", reason = excluded.reason`,
      [entry.name, entry.checksum, person(), entry.reason ?? null],
    );
    await this.list(runner, entry, 'up');
  }

  /** What stopped half-way has an end, by the word of a person. */
  async settle(
    runner: QueryRunner,
    name: string,
    direction: Direction,
    reason: string,
  ): Promise<void> {
    await runner.query(
      `update ${this.details} set status = 'ok', direction = $2, "by" = $3, reason = $4 where name = $1`,
      [name, direction, person(), reason],
    );
  }

  async forgetDetails(runner: QueryRunner, name: string): Promise<void> {
    await runner.query(`delete from ${this.details} where name = $1`, [name]);
  }
}

/** The table beside TypeORM's. */
export function detailsOf(migrationsTable: string): string {
  return `${migrationsTable}_meta`;
}

function timestampOf(row: { readonly name: string; readonly timestamp: string | null }): number {
  return Number(row.timestamp ?? row.name.slice(-13));
}

function person(): string {
  const { ROWGUARD_BY, USER = 'unknown' } = process.env;
  return (ROWGUARD_BY ?? `${USER}@${hostname()}`).slice(0, MOST_LETTERS_OF_A_PERSON);
}
