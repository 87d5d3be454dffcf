import type { QueryRunner } from 'typeorm';
import type { RunSql } from '../../schema/sql.js';
import type { RecordedStatement } from '../recording/recorded-migration.js';

/** Asked before a statement is sent; throws to keep it back. */
export type StatementCheck = (statement: RecordedStatement, ask: RunSql) => Promise<void>;

/** A migration of data may send millions. */
const MOST_KEPT = 1_000;

/** The texts that a runner sends from now on; values are not kept, they may be secret. */
export class SentStatements {
  private readonly kept: string[] = [];
  private more = 0;
  private readonly query: unknown;

  constructor(
    private readonly runner: QueryRunner,
    check?: StatementCheck,
  ) {
    const original = runner.query.bind(runner);
    this.query = Object.getOwnPropertyDescriptor(runner, 'query')?.value;
    const listening = async (sql: string, ...rest: unknown[]) => {
      if (this.kept.length < MOST_KEPT) this.kept.push(sql);
      else this.more++;
      await check?.({ sql }, original as RunSql);
      return original(sql, ...(rest as []));
    };
    Object.assign(runner, { query: listening });
  }

  get texts(): readonly string[] {
    return this.more > 0 ? [...this.kept, `-- and ${this.more} more`] : this.kept;
  }

  stop(): void {
    if (this.query === undefined) Reflect.deleteProperty(this.runner, 'query');
    else Object.assign(this.runner, { query: this.query });
  }
}
