import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TenantRepository } from 'nestjs-rowguard';
import {
  Branch,
  FOREST,
  Leaf,
  type OpenSource,
  openWith,
} from '../../support/soft-delete/forest.js';
import {
  diceOf,
  livingRows,
  plantForest,
  strayRows,
} from '../../support/soft-delete/random-forest.js';

const TRIALS = 200;

describe('S7, S8, S9: random trees, in which something was deleted before', () => {
  let forest: OpenSource;
  beforeAll(async () => {
    forest = await openWith(FOREST);
  });
  afterAll(() => forest.close());

  it(`are after deleting and restoring exactly what they were before, ${TRIALS} times`, async () => {
    const { source } = forest;
    const { manager } = source;
    const branches = new TenantRepository(Branch, source);
    const start = Math.floor(Math.random() * 2 ** 31);

    for (let trial = 0; trial < TRIALS; trial++) {
      const dice = diceOf(start + trial);
      await TenantContext.run({ tenantId: randomUUID() }, async () => {
        const planted = await plantForest(manager, dice);
        for (let at = 0; at < dice(3); at++) {
          const leaf = planted.leaves[dice(planted.leaves.length)];
          const branch = planted.branches[dice(planted.branches.length)];
          await (dice(2) === 0
            ? manager.softDelete(Leaf, String(leaf))
            : manager.softDelete(Branch, String(branch)));
        }
        const before = await livingRows(manager);
        const strayBefore = await strayRows(manager);
        const root = String(planted.branches[dice(planted.branches.length)]);

        const { affected, batch } = await branches.softDelete(root);
        const strayBetween = await strayRows(manager);
        if (affected) await branches.restoreBatch(String(batch));

        const told = { seed: start + trial };
        expect({ ...told, stray: [...strayBefore, ...strayBetween] }).toEqual({
          ...told,
          stray: [],
        });
        expect({ ...told, living: await livingRows(manager) }).toEqual({ ...told, living: before });
      });
    }
  }, 300_000);
});
