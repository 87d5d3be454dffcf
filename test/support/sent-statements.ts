import { jest } from '@jest/globals';
import { TenantQueryRunner } from '../../src/connection/tenant-query-runner.js';

export interface SentStatement {
  readonly sql: string;
  /** Rows that came back. */
  readonly rows: number;
}

/** Every statement that some work sends, of whatever data source, in their order. */
export async function sentBy(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const query = jest.spyOn(TenantQueryRunner.prototype, 'query');
  try {
    await work();
    const answers = await Promise.allSettled(
      query.mock.results.map(({ value }) => value as unknown),
    );
    return query.mock.calls.map(([sql], at) => ({ sql, rows: rowsOf(answers[at]) }));
  } finally {
    query.mockRestore();
  }
}

export async function textsSentBy(work: () => Promise<unknown>): Promise<string[]> {
  return (await sentBy(work)).map(({ sql }) => sql);
}

/** Without what begins and ends transactions. */
export function withoutTransaction(sent: readonly string[]): string[] {
  return sent.filter((sql) => !/^(?:START|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)/.test(sql));
}

/** What begins and ends transactions left out. */
export async function ownTextsSentBy(work: () => Promise<unknown>): Promise<string[]> {
  return withoutTransaction(await textsSentBy(work));
}

function rowsOf(answer: PromiseSettledResult<unknown> | undefined): number {
  if (answer?.status !== 'fulfilled') return 0;
  const { records } = (answer.value ?? {}) as { records?: unknown[] };
  return records?.length ?? (Array.isArray(answer.value) ? answer.value.length : 0);
}
