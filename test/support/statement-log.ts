import { appendFileSync } from 'node:fs';
import type { DataSource, Logger } from 'typeorm';
import { currentScope } from '../../src/context/unit-store.js';

/** A statement that a repository sent for a tenant. */
export interface AskedStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Hands what is asked for tenants to whoever measures it: `npm run prove:schema` explains it. */
export function logStatements(source: DataSource): void {
  const file = process.env['ROWGUARD_STATEMENTS'];
  if (!file) return;
  source.setOptions({ logging: ['query'], logger: new StatementLog(file) });
}

class StatementLog implements Logger {
  private readonly seen = new Set<string>();

  constructor(private readonly file: string) {}

  logQuery(sql: string, parameters: unknown[] = []): void {
    if (currentScope()?.kind !== 'tenant' || this.seen.has(sql)) return;
    this.seen.add(sql);
    appendFileSync(this.file, `${JSON.stringify({ sql, parameters })}\n`);
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
