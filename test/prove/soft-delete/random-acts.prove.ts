import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordBar } from '../../support/bars.js';
import { FOREST, type OpenSource, openWith } from '../../support/soft-delete/forest.js';
import { type TriedAct, tryRandomAct } from '../../support/soft-delete/random-forest.js';

const TRIALS = 1_000;

describe('random trees with circles, in which something was deleted before', () => {
  let forest: OpenSource;

  beforeAll(async () => {
    forest = await openWith(FOREST);
  });
  afterAll(() => forest.close());

  it('are after an act and its undoing what they were before', async () => {
    const start = Math.floor(Math.random() * 2 ** 31);
    const wrong: TriedAct[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      const tried = await tryRandomAct(forest.source, start + trial);
      const isSame = tried.after.join() === tried.before.join();
      if (!isSame || tried.stray.length > 0) wrong.push(tried);
    }
    recordBar({
      bar: 'random acts undone',
      measured: TRIALS,
      target: String(TRIALS),
      passed: true,
    });
    recordBar({
      bar: 'of these, with other rows living than before, or rows below deleted ones',
      measured: wrong.length,
      target: '0',
      passed: wrong.length === 0,
    });

    expect(wrong).toEqual([]);
  });
});
