import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { AuditRefusedError, TenantContext, TransactionUndoneError } from 'nestjs-rowguard';
import {
  ANN,
  LedgerAccount,
  type LedgerSource,
  ORM_PLACES,
  ORM_SERVERS,
  asAnn,
} from '../../support/audit/ledger.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import { SEEN_PATHS } from '../../support/audit/write-paths.js';
import { ACME } from '../../support/shop.js';

describe.each(ORM_SERVERS)('what the application audits inside a transaction on %s', (_, open) => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await open();
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  it.each(SEEN_PATHS)('is the same: %s', async (...path) => {
    const { expected, found } = await world.take(path, (work) => ledger.source.transaction(work));

    expect(found).toEqual(expected);
  });
});

describe.each(ORM_PLACES)('the application writes the audit log on %s', (_, open) => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await open();
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  const names = async () => (await world.told()).map((row) => row.diff?.['name']?.[1]);
  const insert = (name: string) => world.written.accounts.insert({ name });
  const inTransaction = (work: () => Promise<unknown>) =>
    asAnn(() => ledger.source.transaction(work));

  /** On a runner of its own, as somebody would who writes the transaction by hand. */
  const byHand = (
    work: (runner: QueryRunner, add: (name: string) => Promise<unknown>) => unknown,
  ) =>
    asAnn(async () => {
      const runner = ledger.source.createQueryRunner();
      try {
        await work(runner, (name) => runner.manager.insert(LedgerAccount, { name }));
      } finally {
        await runner.release();
      }
    });

  it('in the order of the changes, and with those of savepoints that were kept', async () => {
    await inTransaction(async () => {
      await insert('a');
      await ledger.source.transaction(async () => {
        await insert('b');
        await ledger.source.transaction(() => insert('c'));
      });
      await insert('d');
    });

    expect(await names()).toEqual(['a', 'b', 'c', 'd']);
    const rows = await world.told();
    expect(new Set(rows.map((row) => row.tx)).size).toBe(1);
  });

  it('without what was undone with its savepoint', async () => {
    const undone = (work: () => Promise<unknown>) =>
      ledger.source
        .transaction(async () => {
          await work();
          throw new Error('undo');
        })
        .catch(() => undefined);
    await inTransaction(async () => {
      await insert('a');
      await undone(async () => {
        await insert('b');
        await ledger.source.transaction(() => insert('c'));
      });
      await ledger.source.transaction(async () => {
        await insert('d');
        await undone(() => insert('e'));
      });
    });

    expect(await names()).toEqual(['a', 'd']);
  });

  it('also where the transaction and its savepoints are written by hand', async () => {
    await byHand(async (runner, add) => {
      await runner.query('BEGIN');
      await add('a');
      await runner.query('savepoint "One"');
      await add('b');
      await runner.query('SAVEPOINT two');
      await add('c');
      await runner.query('rollback to Two');
      await add('d');
      await runner.query('release savepoint TWO');
      await runner.query('/* all of it */ rollback work to savepoint "One"');
      await add('e');
      await runner.query('-- now\n END');
      await add('f');
    });

    expect(await names()).toEqual(['a', 'e', 'f']);
  });

  it('and forgets what a transaction by hand undoes', async () => {
    await byHand(async (runner, add) => {
      await runner.query('begin');
      await add('a');
      await runner.query('abort');
      await runner.query('begin');
      await add('b');
      await runner.query('commit and chain');
      await add('c');
      await runner.query('rollback');
    });

    expect(await names()).toEqual(['b']);
  });

  it('at once where somebody began the transaction past the query runner', async () => {
    await byHand(async (runner, add) => {
      const client = (await runner.connect()) as { query(text: string): Promise<unknown> };
      await client.query('begin');
      await add('a');
      await client.query('commit');
      await client.query('begin');
      await add('b');
      await client.query('rollback');
    });

    expect(await names()).toEqual(['a']);
  });

  it('nothing of a transaction that is released without an end', async () => {
    await byHand(async (runner, add) => {
      await runner.startTransaction();
      await add('a');
    });

    expect(await names()).toEqual([]);
    await expect(asAnn(() => world.written.accounts.countBy({ name: 'a' }))).resolves.toBe(0);
  });

  it('nothing where an error was swallowed, and says so at the commit', async () => {
    const swallowing = inTransaction(async () => {
      await insert('a');
      await ledger.source.query('select 1 / 0').catch(() => undefined);
    });

    await expect(swallowing).rejects.toBeInstanceOf(TransactionUndoneError);
    expect(await names()).toEqual([]);
    await expect(asAnn(() => world.written.accounts.countBy({ name: 'a' }))).resolves.toBe(0);
  });

  it('nothing without the change, where the log cannot be written', async () => {
    const nobody = TenantContext.run({ tenantId: ACME }, () =>
      ledger.source.transaction(async () => {
        await insert('a');
        await insert('b');
      }),
    );

    await expect(nobody).rejects.toMatchObject({ code: 'ROWGUARD_AUDIT_ACTOR_MISSING' });
    await expect(asAnn(() => world.written.accounts.countBy({ name: 'a' }))).resolves.toBe(0);
    await asAnn(() => insert('after'));
    expect(await names()).toEqual(['after']);
  });

  it('with what subscribers write when the transaction is about to commit, late ones too', async () => {
    const { source } = ledger;
    let isFirst = true;
    const late: EntitySubscriberInterface = {
      async beforeTransactionCommit({ manager }) {
        if (!isFirst) return;
        isFirst = false;
        await new Promise((resolve) => setTimeout(resolve, 20));
        await manager.insert(LedgerAccount, { name: 'late' });
      },
    };
    source.subscribers.push(late);
    try {
      await inTransaction(() => insert('a'));
    } finally {
      source.subscribers.splice(source.subscribers.indexOf(late), 1);
    }

    expect(await names()).toEqual(['a', 'late']);
  });

  it('of every statement that was sent before the commit, awaited or not', async () => {
    const { source } = ledger;
    const sent: Promise<unknown>[] = [];
    await inTransaction(async () => {
      for (const name of ['a', 'b', 'c']) sent.push(insert(name));
      await source.query('select 1');
    }).catch(() => undefined);
    const ended = await Promise.allSettled(sent);

    const kept = await asAnn(() => world.written.accounts.find({ order: { name: 'ASC' } }));
    expect((await names()).toSorted()).toEqual(
      kept.map((row) => row.name).filter((name) => !['one', 'two'].includes(name)),
    );
    expect(ended).toHaveLength(3);
  });

  it('of many statements at once on a runner that is in no transaction', async () => {
    await byHand(async (_runner, add) => {
      const results = await Promise.allSettled([
        add('a'),
        add(null as never),
        add('b'),
        add(null as never),
        add('c'),
      ]);
      expect(results.map((one) => one.status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    });

    expect((await names()).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('by whoever made the change, though another context ends the transaction', async () => {
    const runner = asAnn(() => Promise.resolve(ledger.source.createQueryRunner()));
    const open = await runner;
    try {
      await TenantContext.run({ tenantId: ACME, actorId: 'bob' }, async () => {
        await open.startTransaction();
        await open.manager.insert(LedgerAccount, { name: 'a' });
      });
      await open.commitTransaction();
    } finally {
      await open.release();
    }

    expect((await world.told()).map((row) => row.actorId)).toEqual(['bob']);
    expect(ANN.actorId).not.toBe('bob');
  });

  it('or nothing is changed: a data source that lost its subscriber refuses', async () => {
    const { source } = ledger;
    const kept = source.subscribers.splice(0);
    try {
      await expect(asAnn(() => insert('a'))).rejects.toBeInstanceOf(AuditRefusedError);
    } finally {
      source.subscribers.push(...kept);
    }
    await expect(asAnn(() => world.written.accounts.countBy({ name: 'a' }))).resolves.toBe(0);
  });
});
