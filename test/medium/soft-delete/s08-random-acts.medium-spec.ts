import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FOREST, type OpenSource, openWith } from '../../support/soft-delete/forest.js';
import { tryRandomAct } from '../../support/soft-delete/random-forest.js';

const TRIALS = 200;

describe('S7, S8, S9: random trees, in which something was deleted before', () => {
  let forest: OpenSource;
  beforeAll(async () => {
    forest = await openWith(FOREST);
  });
  afterAll(() => forest.close());

  it(`are after deleting and restoring exactly what they were before, ${TRIALS} times`, async () => {
    const start = Math.floor(Math.random() * 2 ** 31);
    for (let trial = 0; trial < TRIALS; trial++) {
      const { seed, stray, before, after } = await tryRandomAct(forest.source, start + trial);

      expect({ seed, stray, living: after }).toEqual({ seed, stray: [], living: before });
    }
  }, 300_000);
});
