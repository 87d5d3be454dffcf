import type pg from 'pg';
import { QueryFailedError, type QueryResult } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { explained } from '../../connection/explained-error.js';
import { TenantQueryRunner } from '../../connection/tenant-query-runner.js';

export type SendStatement = (sql: string, parameters?: unknown[]) => Promise<pg.QueryResult>;

/** A query runner of the application whose statements go to the shadow, and nowhere else. */
export class ShadowQueryRunner extends TenantQueryRunner {
  constructor(
    driver: PostgresDriver,
    private readonly client: pg.Client,
    private readonly send: SendStatement,
  ) {
    super(driver, 'master');
  }

  override connect(): Promise<pg.Client> {
    return Promise.resolve(this.client);
  }

  override async query(
    sql: string,
    parameters?: unknown[],
    useStructuredResult = false,
  ): Promise<QueryResult> {
    const answer = await this.send(sql, parameters).catch((error: Error) => {
      throw explained(new QueryFailedError(sql, parameters, error), this.dataSource);
    });
    const { rows, rowCount, command } = Array.isArray(answer)
      ? (answer.at(-1) as pg.QueryResult)
      : answer;
    const raw: unknown = command === 'UPDATE' || command === 'DELETE' ? [rows, rowCount] : rows;
    const result: unknown = useStructuredResult ? { raw, records: rows, affected: rowCount } : raw;
    return result as QueryResult;
  }

  override release(): Promise<void> {
    return Promise.resolve();
  }
}
