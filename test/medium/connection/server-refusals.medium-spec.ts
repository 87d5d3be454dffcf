import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  LockTimeoutError,
  ReadOnlyError,
  StatementTimeoutError,
  TransactionAbortedError,
  TransactionUndoneError,
  getSqlState,
} from 'nestjs-rowguard';
import { PROVOKED, RAISE_STATE } from '../../support/provoked-refusals.js';
import { errorOf } from '../../support/shop-database.js';
import { type ShopSource, as, openEmbeddedShop, openShop } from '../../support/shop-source.js';
import { ACME, Customer } from '../../support/shop.js';

describe('what PostgreSQL refuses by itself', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ pool: { max: 3, statementTimeoutMs: 3_000, lockTimeoutMs: 100 } });
    await shop.database.asOwner((client) => client.query(RAISE_STATE));
  });
  afterAll(() => shop.close());

  const asked = (sql: string, parameters: unknown[] = []) =>
    as(ACME, () => errorOf(() => shop.source.query(sql, parameters)));
  it.each(PROVOKED)('a statement that %s is typed', async (_, sql, type, state) => {
    const error = await asked(sql);

    expect(error).toBeInstanceOf(type);
    expect(getSqlState(error)).toBe(state);
    expect(error.message).toMatch(/\. [A-Z].*\.$/s);
  });

  it('a value that no index can hold is typed, and not quoted', async () => {
    const email = randomBytes(9_000).toString('base64');
    await shop.database.asOwner((client) => client.query('create index on customers (email)'));

    const error = await asked('insert into customers (email) values ($1)', [email]);

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(getSqlState(error)).toBe('54000');
    expect(error.message).not.toContain(email.slice(0, 20));
  });

  it('a write of a transaction that only reads is typed', async () => {
    const error = await errorOf(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          await manager.query('set transaction read only');
          await manager.insert(Customer, { email: 'never@acme' });
        }),
      ),
    );

    expect(error).toBeInstanceOf(ReadOnlyError);
  });

  it.each(['for update', 'for update nowait'])(
    'rows that others hold are told: %s',
    async (how) => {
      await as(ACME, () => shop.source.manager.insert(Customer, { email: `held@${how.length}` }));
      const take = `select id from customers where email = 'held@${how.length}' for update`;

      const error = await as(ACME, () =>
        shop.source.transaction(async (manager) => {
          await manager.query(take);
          const runner = shop.source.createQueryRunner();
          try {
            return await errorOf(() => runner.query(take.replace('for update', how)));
          } finally {
            await runner.release();
          }
        }),
      );

      expect(error).toBeInstanceOf(LockTimeoutError);
    },
  );

  it('a statement that somebody cancels reads like one that ran too long', async () => {
    const cancelled = asked(`select pg_sleep(2) /* cancel me */`);
    await shop.database.asOwner(async (client) => {
      for (let seen = 0; seen === 0;) {
        const { rowCount } = await client.query(
          `select pg_cancel_backend(pid) from pg_stat_activity
           where query like '%/* cancel me */%' and state = 'active' and pid <> pg_backend_pid()`,
        );
        seen = rowCount ?? 0;
      }
    });

    expect(await cancelled).toBeInstanceOf(StatementTimeoutError);
    expect(await as(ACME, () => shop.source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });
});

describe.each(['a server', 'the embedded engine'])('a transaction that has failed, on %s', (on) => {
  let shop: Pick<ShopSource, 'source' | 'close'>;

  beforeAll(async () => {
    if (on === 'a server') shop = await openShop();
    else {
      const source = await openEmbeddedShop();
      shop = { source, close: () => source.destroy() };
    }
    Logger.overrideLogger(false);
    await as(ACME, () => shop.source.manager.insert(Customer, { email: 'one@acme' }));
  });
  afterAll(() => shop.close());

  const swallowing = (next: () => Promise<unknown>, savepoint = false) =>
    as(ACME, () =>
      shop.source.joinTransaction(async () => {
        const first = await errorOf(() =>
          shop.source.joinTransaction(
            () => shop.source.query('select * from no_such_table'),
            savepoint ? { savepoint } : {},
          ),
        );
        const later = await errorOf(next);
        return { first, later };
      }),
    );

  it('tells of later statements, and of the first one as their cause', async () => {
    const seen: unknown[] = [];
    const error = await errorOf(() =>
      swallowing(() => shop.source.query('select 1')).then((outcome) => seen.push(outcome)),
    );

    expect(error).toBeInstanceOf(TransactionUndoneError);
    expect(error.cause).toBeInstanceOf(InvalidInputError);
    expect(getSqlState(error)).toBe('42P01');
  });

  it('has one cause, however many statements follow', async () => {
    const error = await errorOf(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          const first = await errorOf(() => manager.query('select * from no_such_table'));
          const second = await errorOf(() => manager.query('select 1'));
          const third = await errorOf(() => manager.query('select 2'));
          expect([second, third].map((one) => one.cause)).toEqual([first, first]);
          expect(getSqlState(third)).toBe('25P02');
          throw third;
        }),
      ),
    );

    expect(error).toBeInstanceOf(TransactionAbortedError);
  });

  it('forgets what a savepoint has undone', async () => {
    const error = await errorOf(() =>
      as(ACME, () =>
        shop.source.joinTransaction(async () => {
          await errorOf(() =>
            shop.source.joinTransaction(() => shop.source.query('select * from no_such_table'), {
              savepoint: true,
            }),
          );
          await errorOf(() => shop.source.query('select no_such_column from customers'));
          await shop.source.query('select 1');
        }),
      ),
    );

    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect((error.cause as Error).message).toContain('a column does not exist');
  });
});
