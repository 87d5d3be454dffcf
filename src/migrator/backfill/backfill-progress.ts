import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';

/** Until where a backfill has come: the key of the last row that it has looked at. */
export interface Progress {
  readonly last: readonly string[] | undefined;
  readonly rows: number;
}

export const PROGRESS_TABLE = 'rowguard_backfills';

/** Kept in a table that is there only as long as a backfill is under way. */
export class BackfillProgress {
  private constructor(
    private readonly runner: QueryRunner,
    private readonly name: string,
  ) {}

  static async open(
    runner: QueryRunner,
    { table, set, where, name }: Readonly<Record<'table' | 'set' | 'where' | 'name', string>>,
  ): Promise<BackfillProgress> {
    const hash = createHash('sha256')
      .update(JSON.stringify([table, set, where, name]))
      .digest('hex');
    await runner.query(
      `CREATE TABLE IF NOT EXISTS ${PROGRESS_TABLE} (name text PRIMARY KEY, last json, rows bigint NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now())`,
    );
    await runner.query(`REVOKE ALL ON ${PROGRESS_TABLE} FROM PUBLIC`);
    return new BackfillProgress(runner, `${table} ${hash.slice(0, 16)}`);
  }

  async read(): Promise<Progress> {
    const [found] = (await this.runner.query(
      `SELECT last, rows::float8 AS rows FROM ${PROGRESS_TABLE} WHERE name = $1`,
      [this.name],
    )) as { last: string[] | null; rows: number }[];
    return { last: found?.last ?? undefined, rows: found?.rows ?? 0 };
  }

  /** In the transaction of the batch: either both are there, or none. */
  async write({ last, rows }: Progress): Promise<void> {
    await this.runner.query(
      `INSERT INTO ${PROGRESS_TABLE} (name, last, rows) VALUES ($1, $2::json, $3)
       ON CONFLICT (name) DO UPDATE SET last = excluded.last, rows = excluded.rows, updated_at = now()`,
      [this.name, JSON.stringify(last), rows],
    );
  }

  /** Nothing stays behind, so that the migration can be undone and run again. */
  async close(): Promise<void> {
    await this.runner.query(`DELETE FROM ${PROGRESS_TABLE} WHERE name = $1`, [this.name]);
    const others = (await this.runner.query(
      `SELECT 1 FROM ${PROGRESS_TABLE} LIMIT 1`,
    )) as unknown[];
    if (others.length === 0) await this.runner.query(`DROP TABLE ${PROGRESS_TABLE}`);
  }
}
