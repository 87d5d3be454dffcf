import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { In } from 'typeorm';
import {
  type FailedAttempt,
  InvalidInputError,
  TenantRepository,
  TransactionConflictError,
  getSqlState,
} from 'nestjs-rowguard';
import {
  LEDGER_MODES,
  LedgerAccount,
  type LedgerSource,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import { caught } from '../../support/caught.js';
import { deadlockedPair, writersAtOnce } from '../../support/contention.js';
import { BLOG_PLACES, type Blog, Post, asEditor } from '../../support/soft-delete/blog.js';

const QUICK = { minMs: 1, maxMs: 5 };

describe('transactions that meet each other', () => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ pool: { max: 16, acquireTimeoutMs: 60_000 } });
  });
  afterAll(() => ledger.close());

  it('at SERIALIZABLE all succeed with a retry, and none is counted twice', async () => {
    const { committed, errors, sum, failedAttempts } = await writersAtOnce(ledger, {
      writers: 16,
      times: 4,
      rows: 3,
    });

    expect(errors).toEqual([]);
    expect([committed, sum]).toEqual([64, 64]);
    expect(failedAttempts).toBeGreaterThan(0);
  });

  it('and wait for each other both succeed', async () => {
    const ids = await asAnn(async () => {
      const accounts = ledger.source.getRepository(LedgerAccount);
      const [one, two] = await accounts.save([
        { name: 'one', points: '0' },
        { name: 'two', points: '0' },
      ]);
      return [one?.id, two?.id] as [string, string];
    });

    expect(await deadlockedPair(ledger, ids)).toBeGreaterThan(0);
    const rows = await asAnn(() =>
      ledger.source.getRepository(LedgerAccount).findBy({ id: In(ids) }),
    );
    expect(rows.map(({ points }) => points)).toEqual(['2', '2']);
  });

  it('and break a rule of both only with their COMMIT are run again as well', async () => {
    const { source } = ledger;
    const failed: FailedAttempt[] = [];
    const readAndAdd = async (ask: typeof source.query) => {
      await ask('select sum(balance) from accounts');
      await ask(`insert into accounts (name, balance) values ('skew', 1)`);
    };
    const other = async (): Promise<void> => {
      const runner = source.createQueryRunner();
      await runner.startTransaction('SERIALIZABLE');
      await readAndAdd((sql) => runner.query(sql));
      await runner.commitTransaction();
      await runner.release();
    };

    await asAnn(() =>
      source.joinTransaction(
        async () => {
          await readAndAdd((sql) => source.query(sql));
          if (failed.length === 0) await other();
        },
        { isolation: 'SERIALIZABLE', retry: { ...QUICK, onRetry: (one) => failed.push(one) } },
      ),
    );

    expect(failed.map(({ error }) => (error as Error).cause)).toEqual([
      expect.objectContaining({ query: 'COMMIT' }),
    ]);
    const [row] = await asAnn(() =>
      source.query<{ n: string }[]>(`select count(*) as n from accounts where name = 'skew'`),
    );
    expect(row?.n).toBe('2');
  });
});

describe.each(LEDGER_MODES)(
  'the log of a transaction that is run again, by %s on %s',
  (_, __, open) => {
    let ledger: LedgerSource;
    let world: LedgerWorld;

    beforeAll(async () => {
      ledger = await open();
      world = new LedgerWorld(ledger);
    });
    afterAll(() => ledger.close());
    beforeEach(() => world.begin());

    /** Fails as a conflict would, so often. */
    const conflicting = (times: number) => {
      let left = times;
      return () => {
        if (left-- > 0) throw new TransactionConflictError('met', new Error('40001'));
      };
    };

    it('holds the attempt that was committed, and no other', async () => {
      const { accounts, one } = world.written;
      const meet = conflicting(2);
      let attempt = 0;
      await asAnn(() =>
        new TenantRepository(LedgerAccount, ledger.source).transaction(
          async () => {
            attempt++;
            await accounts.update(one.id, { name: `attempt ${attempt}` });
            await accounts.insert({ name: `new ${attempt}` });
            meet();
          },
          { retry: QUICK },
        ),
      );
      const told = await world.told();

      expect(told.map(({ op }) => op)).toEqual(['update', 'insert']);
      expect(JSON.stringify(told.map(({ diff }) => diff))).toMatch(/attempt 3.*new 3/);
      expect(await world.missing()).toEqual([]);
    });

    it('saves an entity of the first attempt with the second, under its id', async () => {
      const { accounts } = world.written;
      const entity = accounts.create({ name: 'made outside' });
      const meet = conflicting(1);

      await asAnn(() =>
        ledger.source.joinTransaction(
          async () => {
            await accounts.save(entity);
            meet();
          },
          { retry: QUICK },
        ),
      );

      const found = await asAnn(() => accounts.findBy({ name: 'made outside' }));
      expect(found.map(({ id }) => id)).toEqual([entity.id]);
      expect(await world.operations()).toEqual(['insert accounts']);
    });

    it('is silent of a transaction that was given up', async () => {
      const { accounts } = world.written;
      const error = await caught(
        asAnn(() =>
          ledger.source.joinTransaction(
            async () => {
              await accounts.insert({ name: 'never' });
              conflicting(1)();
            },
            { retry: { ...QUICK, attempts: 3 } },
          ),
        ),
      );

      expect(error).toBeInstanceOf(TransactionConflictError);
      expect(await world.told()).toEqual([]);
    });
  },
);

describe.each(BLOG_PLACES)('a transaction with a retry, on %s', (_, open) => {
  let blog: Blog;

  beforeAll(async () => {
    blog = await open();
  });
  afterAll(() => blog.close());

  it('has an act of its own in each attempt', async () => {
    const posts = new TenantRepository(Post, blog.source);
    const [one] = await asEditor(() => posts.insertMany([{ title: 'goes' }]));
    const acts: (string | undefined)[] = [];
    const id = one?.id as string;

    await asEditor(() =>
      posts.transaction(
        async () => {
          acts.push((await posts.softDelete(id)).batch);
          if (acts.length < 3) throw new TransactionConflictError('met', new Error('40001'));
        },
        { retry: QUICK },
      ),
    );

    expect(new Set(acts).size).toBe(3);
    const [row] = await asEditor(() =>
      blog.source.query<{ act: string }[]>('select delete_batch as act from posts where id = $1', [
        id,
      ]),
    );
    expect(row?.act).toBe(acts[2]);
  });

  it('inside another one lets its error go up, to whoever began', async () => {
    let inner = 0;
    let outer = 0;
    await asEditor(() =>
      blog.source.joinTransaction(
        async () => {
          outer++;
          await blog.source.joinTransaction(
            async () => {
              inner++;
              await blog.source.query('select 1');
              if (inner < 2) throw new TransactionConflictError('met', new Error('40001'));
            },
            { retry: QUICK, savepoint: true },
          );
        },
        { retry: QUICK },
      ),
    );

    expect([outer, inner]).toEqual([2, 2]);
  });

  it('is run once where nothing stands in its way, or something else does', async () => {
    let runs = 0;
    const error = await caught(
      asEditor(() =>
        blog.source.joinTransaction(
          async () => {
            runs++;
            await blog.source.query('select * from no_such_table');
          },
          { retry: true },
        ),
      ),
    );

    expect(runs).toBe(1);
    expect(getSqlState(error)).toBe('42P01');
  });

  it('is refused before it begins where the limits make no sense', async () => {
    const work = () => Promise.reject(new Error('begun'));

    expect(
      await caught(asEditor(() => blog.source.joinTransaction(work, { retry: { attempts: 0 } }))),
    ).toBeInstanceOf(InvalidInputError);
  });
});
