import type { QueryResult } from 'typeorm';
import { TenantQueryRunner } from '../../connection/tenant-query-runner.js';
import { readSql } from '../../sql/sql-text.js';
import type { RecordedStatement } from './recorded-migration.js';

export const ANSWERS = /^\s*(?:SELECT|SHOW|VALUES|TABLE|EXPLAIN|FETCH)\b|\bRETURNING\b/i;

/** Takes statements down instead of sending them. Every answer is empty. */
export class RecordingQueryRunner extends TenantQueryRunner {
  readonly statements: RecordedStatement[] = [];
  /** True when an answer was asked for that only the database knows. */
  asked = false;

  override connect(): Promise<never> {
    this.asked = true;
    return Promise.reject(new Error('A migration that is only read has no connection'));
  }

  override query(
    sql: string,
    parameters?: unknown[],
    useStructuredResult = false,
  ): Promise<QueryResult> {
    this.statements.push(parameters ? { sql, parameters } : { sql });
    if (ANSWERS.test(readSql(sql).code)) this.asked = true;
    const nothing: unknown = useStructuredResult ? { raw: [], records: [], affected: 0 } : [];
    return Promise.resolve(nothing as QueryResult);
  }

  override startTransaction(): Promise<void> {
    return Promise.resolve();
  }

  override commitTransaction(): Promise<void> {
    return Promise.resolve();
  }

  override rollbackTransaction(): Promise<void> {
    return Promise.resolve();
  }

  override release(): Promise<void> {
    return Promise.resolve();
  }
}
