import type { DataSource, Logger } from 'typeorm';

/** What a data source sends from now on. */
export class SentStatements implements Logger {
  private sent: string[] = [];

  constructor(source: DataSource) {
    source.setOptions({ logging: ['query'], logger: this });
  }

  /** What the work sent, without what begins and ends transactions. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    this.sent = [];
    await work();
    return this.sent.filter((sql) => !/^(?:START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/.test(sql));
  }

  logQuery(sql: string): void {
    this.sent.push(sql);
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
