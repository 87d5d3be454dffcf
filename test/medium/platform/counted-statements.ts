import { jest } from '@jest/globals';
import { TenantQueryRunner } from '../../../src/connection/tenant-query-runner.js';

/** How many statements some work sends. */
export async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const query = jest.spyOn(TenantQueryRunner.prototype, 'query');
  try {
    await work();
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}
