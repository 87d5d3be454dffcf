import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { EntitySubscriberInterface } from 'typeorm';
import { type LedgerSource, asAnn } from '../../support/ledger.js';
import { OrmGroup, openOrmLedger } from '../../support/orm-ledger.js';
import { OrmWorld } from '../../support/orm-world.js';
import type { ScratchDatabase } from '../../support/scratch-database.js';

const OTHERS = `datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

describe('a connection that is lost while the application writes the audit log', () => {
  let ledger: LedgerSource;
  let world: OrmWorld;
  let database: ScratchDatabase;

  beforeAll(async () => {
    ledger = await openOrmLedger();
    database = ledger.database as ScratchDatabase;
    world = new OrmWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  const killOthers = (client: pg.Client) =>
    client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OTHERS}`);
  const kill = () => database.asOwner(killOthers);
  const change = (work: () => Promise<unknown> = () => Promise.resolve()) =>
    asAnn(() =>
      ledger.source.transaction(async () => {
        await ledger.source.getRepository(OrmGroup).insert({ name: 'killed' });
        await work();
      }),
    );
  const withSubscriber = async (one: EntitySubscriberInterface, work: () => Promise<unknown>) => {
    const { subscribers } = ledger.source;
    subscribers.push(one);
    try {
      await work();
    } finally {
      subscribers.splice(subscribers.indexOf(one), 1);
    }
  };
  const changed = () =>
    asAnn(() => ledger.source.getRepository(OrmGroup).countBy({ name: 'killed' }));

  it('leaves neither before the log is written', async () => {
    await expect(change(kill)).rejects.toThrow();

    expect(await changed()).toBe(0);
    expect(await world.told()).toEqual([]);
  });

  it('leaves neither while the log is written', async () => {
    await database.asOwner(async (client) => {
      await client.query('begin');
      await client.query('lock table audit_logs in access exclusive mode');
      const failing = expect(change()).rejects.toThrow();
      const waiting = `select 1 from pg_stat_activity where ${OTHERS} and wait_event_type = 'Lock'`;
      while ((await client.query(waiting)).rowCount === 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await killOthers(client);
      await failing;
      await client.query('rollback');
    });

    expect(await changed()).toBe(0);
    expect(await world.told()).toEqual([]);
  });

  it('leaves neither between the log and the commit', async () => {
    const killing: EntitySubscriberInterface = {
      afterQuery: ({ query }) =>
        query.includes('rowguard_audit_append') ? kill().then(() => undefined) : undefined,
    };
    await withSubscriber(killing, () => expect(change()).rejects.toThrow());

    expect(await changed()).toBe(0);
    expect(await world.told()).toEqual([]);
  });

  it('leaves both after the commit', async () => {
    await withSubscriber({ afterTransactionCommit: () => kill().then(() => undefined) }, () =>
      change(),
    );

    expect(await changed()).toBe(1);
    expect(await world.operations()).toEqual(['insert groups']);
  });
});
