import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExampleProcess } from '../support/example-process.js';
import { ScratchDatabase } from '../support/scratch-database.js';

const ACME = { 'x-tenant': 'acme', 'content-type': 'application/json' };

describe('saas-api as a process that is told to end', () => {
  let database: ScratchDatabase;
  let example: ExampleProcess;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    example = await ExampleProcess.start(database.url);
  }, 60_000);
  afterAll(async () => {
    example.signal('SIGKILL');
    await database.drop();
  });

  const call = async (path: string, more: RequestInit = {}) => {
    const answer = await fetch(`${example.url}${path}`, { headers: ACME, ...more });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + 5_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`it never came to it: ${example.output()}`);
      await pause(20);
    }
  };

  it('answers the request in hand, refuses those that come after, and ends with status 0', async () => {
    const { body } = await call('/invoices?limit=1');
    const [{ id }] = body['items'] as [{ id: string }];
    await database.asOwner(async (owner) => {
      await owner.query('begin');
      await owner.query('select 1 from invoices where id = $1 for update', [id]);
      const change = JSON.stringify({ total: '77.70' });
      const inHand = call(`/invoices/${id}`, { method: 'PATCH', body: change });
      await until(async () => {
        const { rowCount } = await owner.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });

      example.signal('SIGTERM');
      await until(async () => (await call('/health')).status === 503);
      const late = await call('/invoices');
      await owner.query('rollback');

      expect(late).toMatchObject({ status: 503, body: { code: 'ROWGUARD_DRAINING' } });
      expect(await inHand).toMatchObject({ status: 200, body: { total: '77.70' } });
    });
    expect(await example.ended).toEqual([0, null]);
    const kept = await database.asOwner((owner) =>
      owner.query('select total from invoices where id = $1', [id]),
    );
    expect(kept.rows).toEqual([{ total: '77.70' }]);
    await expect(fetch(`${example.url}/health/live`)).rejects.toThrow('fetch failed');
  });
});
