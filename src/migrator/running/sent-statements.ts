import type { QueryRunner } from 'typeorm';
import type { RunSql } from '../../schema/sql.js';
import type { RecordedStatement } from '../recording/recorded-migration.js';

/** Asked before a statement is sent, with those before it; throws to keep it back. */
export type StatementCheck = (
  statements: readonly RecordedStatement[],
  ask: RunSql,
) => Promise<void>;

/** The texts that a runner sends from now on; values are not kept, they may be secret. */
export class SentStatements {
  readonly texts: string[] = [];
  private readonly query: unknown;

  constructor(
    private readonly runner: QueryRunner,
    check: StatementCheck = () => Promise.resolve(),
  ) {
    const original = runner.query.bind(runner);
    this.query = Object.getOwnPropertyDescriptor(runner, 'query')?.value;
    const listening = async (sql: string, ...rest: unknown[]) => {
      this.texts.push(sql);
      const statements = this.texts.map((text) => ({ sql: text }));
      await check(statements, original as RunSql);
      return original(sql, ...(rest as []));
    };
    Object.assign(runner, { query: listening });
  }

  stop(): void {
    if (this.query === undefined) Reflect.deleteProperty(this.runner, 'query');
    else Object.assign(this.runner, { query: this.query });
  }
}
