import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidInputError, TestFailureError } from 'nestjs-rowguard';
import {
  TestDatabase,
  expectNoRepeatedQueries,
  expectQueries,
  factory,
  repeatedQueries,
} from 'nestjs-rowguard/testing';
import { ACME, Label, SHOP } from '../../support/shop.js';

describe('queries of a test', () => {
  let db: TestDatabase;
  const labels = () => db.repository(Label);
  const oneByOne = async (ids: readonly string[]) => {
    for (const id of ids) await labels().findOneBy({ id });
  };
  const acting = (work: (ids: string[]) => Promise<void>) =>
    db.isolate(() =>
      db.as(ACME, async () => {
        const rows = await factory(db, Label).createMany(5);
        await work(rows.map(({ id }) => id));
      }),
    );

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const url = process.env['ROWGUARD_TEST_URL'] ?? '';
    db = await TestDatabase.start({ url, entities: SHOP, isolation: 'rollback' });
  });
  afterAll(() => db.stop());

  it('are told where there are more or fewer than expected', () =>
    acting(async (ids) => {
      await expect(expectQueries(db, 1, () => labels().count())).resolves.toBe(5);
      const work = expectQueries(db, 1, () => oneByOne(ids));

      await expect(work).rejects.toThrow(TestFailureError);
      await expect(work).rejects.toThrow(/1 query was expected, and 5 sent:\n {2}SELECT/);
      await expect(expectQueries(db, 0, () => labels().count())).rejects.toThrow('0 queries');
    }));

  it('are found out where one is sent again and again with other values', () =>
    acting(async (ids) => {
      const loop = () => oneByOne(ids);
      const same = () => oneByOne(ids.map(() => ids[0] as string));

      await expect(expectNoRepeatedQueries(db, loop)).rejects.toThrow('5 times: SELECT');
      await expect(expectNoRepeatedQueries(db, loop, { most: 4 })).rejects.toThrow('again');
      await expectNoRepeatedQueries(db, loop, { most: 5 });
      await expectNoRepeatedQueries(db, same, { most: 1 });
      const { queries } = await db.counting(loop);
      expect(repeatedQueries(queries, 3)).toEqual([expect.objectContaining({ times: 5 })]);
    }));

  it('are counted by several at once, who stop in any order', () =>
    acting(async () => {
      const before = db.source.logger;
      let goOn = (): void => undefined;
      const first = db.counting(async () => {
        await new Promise<void>((resolve) => (goOn = resolve));
        await labels().count();
      });
      const second = await db.counting(() => labels().count());
      goOn();

      expect((await first).queries).toHaveLength(2);
      expect(second.queries).toHaveLength(1);
      expect(db.source.logger).toBe(before);
    }));

  it('go on to be logged, and are counted also where the work fails', () =>
    acting(async () => {
      const before = db.source.logger;
      const failed = db.counting(async () => {
        await labels().count();
        throw new Error('the work itself');
      });

      await expect(failed).rejects.toThrow('the work itself');
      expect(db.source.logger).toBe(before);
    }));

  it.each([
    ['a number that is none', () => expectQueries(db, Number.NaN, async () => undefined)],
    ['less than none', () => expectQueries(db, -1, async () => undefined)],
    ['no work', () => expectQueries(db, 1, undefined as never)],
    ['no work to count', () => db.counting('select 1' as never)],
    ['no repetition at all', () => expectNoRepeatedQueries(db, async () => 1, { most: 0 })],
  ])('are not counted for %s', async (_, work) => {
    await expect(work()).rejects.toThrow(InvalidInputError);
  });
});
