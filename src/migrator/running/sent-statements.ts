import type { QueryRunner } from 'typeorm';

/** The texts that a runner sends from now on; values are not kept, they may be secret. */
export class SentStatements {
  readonly texts: string[] = [];
  private readonly query: unknown;

  constructor(private readonly runner: QueryRunner) {
    const original = runner.query.bind(runner);
    this.query = Object.getOwnPropertyDescriptor(runner, 'query')?.value;
    const listening = (sql: string, ...rest: unknown[]) => {
      this.texts.push(sql);
      return original(sql, ...(rest as []));
    };
    Object.assign(runner, { query: listening });
  }

  stop(): void {
    if (this.query === undefined) Reflect.deleteProperty(this.runner, 'query');
    else Object.assign(this.runner, { query: this.query });
  }
}
