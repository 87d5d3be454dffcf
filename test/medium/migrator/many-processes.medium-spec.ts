import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { LockNotObtainedError } from 'nestjs-rowguard';
import { SessionLock } from '../../../src/migrator/running/session-lock.js';
import { caught } from '../../support/caught.js';
import { migration, openMigrating } from '../../support/migrating.js';
import { PgBouncer } from '../../support/pg-bouncer.js';
import { pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { EACH_ONCE, startAtOnce, startReplica, untilAsleep } from '../../support/replicas.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const PROCESSES_MS = 90_000;
/** Behind one another, as a machine with two cores has them. */
const MOST_OVERHEAD_MS = 5_000;
/** With the start of a process; the killed migration would go on for half a minute. */
const MOST_AFTER_KILL_MS = 15_000;

const NOTES = migration('CreateNotes1700000000001', { up: 'create table notes (id int)' });

describe('many processes', () => {
  let database: ScratchDatabase;

  const lockOf = (said: string[] = [], name = 'a lock') =>
    new SessionLock({
      name,
      say: (text) => said.push(text),
      open: async () => {
        const client = new pg.Client({
          connectionString: database.url,
          application_name: 'replica 1',
        });
        await client.connect();
        return client;
      },
    });

  beforeEach(async () => {
    database = await ScratchDatabase.create();
  });
  afterEach(() => database.drop());

  it(
    'that start at once run each migration once, also one that is made concurrently',
    async () => {
      const { errors, applied, invalidIndexes, deadlocks, overheadMs } = await startAtOnce(
        database,
        4,
      );

      expect(errors).toEqual([]);
      expect([applied, invalidIndexes, deadlocks]).toEqual([EACH_ONCE, 0, 0]);
      expect(overheadMs).toBeLessThan(MOST_OVERHEAD_MS);
    },
    PROCESSES_MS,
  );

  it(
    'go on where one was killed, and nothing of its migration is left',
    async () => {
      const first = startReplica(database.url, { REPLICA_SLOW_MS: '30000' });
      await untilAsleep(database);
      first.child.kill('SIGKILL');
      const killedAt = Date.now();
      const { error } = await startReplica(database.url, { ROWGUARD_LOCK_WAIT: '20' }).answer;

      expect(error).toBeUndefined();
      expect(Date.now() - killedAt).toBeLessThan(MOST_AFTER_KILL_MS);
      const rows = await database.asOwner(
        async (client) => (await client.query('select n::int from counts')).rows,
      );
      expect(rows).toEqual([{ n: 200 }]);
    },
    PROCESSES_MS,
  );

  it('wait no longer than they are told to, and say for whom', async () => {
    const said: string[] = [];
    await lockOf().hold(0, async () => {
      const error = await caught(lockOf(said).hold(300, () => Promise.resolve()));

      expect(error).toBeInstanceOf(LockNotObtainedError);
      expect(String(error)).toMatch(/server process \d+ \(replica 1, idle, for \d+ s\) has been/);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^waiting for migrations of server process \d+ \(replica 1/);
    });
  });

  it('do not wait for the lock of another table, nor for their own', async () => {
    const lock = lockOf();
    const inside = lock.hold(0, () =>
      lock.hold(0, () => lockOf([], 'another').hold(0, () => Promise.resolve('in'))),
    );

    await expect(inside).resolves.toBe('in');
  });

  it('have the lock the moment its holder is gone', async () => {
    const order: string[] = [];
    const first = lockOf().hold(1_000, async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      order.push('first');
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await lockOf().hold(5_000, () => Promise.resolve(order.push('second')));
    await first;

    expect(order).toEqual(['first', 'second']);
  });

  it('do not wait for what others have done meanwhile', async () => {
    await lockOf().hold(0, async () => {
      const answer = await lockOf().hold(
        5_000,
        () => Promise.resolve('by myself'),
        () => Promise.resolve('by others'),
      );

      expect(answer).toBe('by others');
    });
  });

  (pgBouncerIsMissing() ? it.skip : it)(
    'refuse to run behind a pooler that would lose the lock',
    async () => {
      const login = await database.createLogin('superuser');
      const pooler = await PgBouncer.start({
        serverUrl: database.url,
        logins: { [login.name]: 'pw' },
        poolSize: 2,
      });
      const { migrator, close } = await openMigrating(
        pooler.through(login.url),
        [NOTES],
        {},
        { strategy: 'pooler' },
      );
      const error = await caught(migrator.run());
      await close();
      await pooler.stop();

      expect(error).toBeInstanceOf(LockNotObtainedError);
      expect(String(error)).toMatch(/pooler in transaction mode.*DATABASE_ADMIN_URL/);
      expect(
        await database.asOwner(
          async (client) => (await client.query(`select to_regclass('notes') as notes`)).rows,
        ),
      ).toEqual([{ notes: null }]);
    },
  );

  it('would refuse no session of a server', async () => {
    await expect(lockOf().hold(0, () => Promise.resolve('held'))).resolves.toBe('held');
  });
});
