import { jest } from '@jest/globals';
import { TenantQueryRunner } from '../../../src/connection/tenant-query-runner.js';

/** The statements that some work sends, in their order. */
export async function sentStatements(work: () => Promise<unknown>): Promise<readonly string[]> {
  const query = jest.spyOn(TenantQueryRunner.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map(([sql]) => sql);
  } finally {
    query.mockRestore();
  }
}
