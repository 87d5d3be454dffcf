import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Defect, MutantTree } from '../../../scripts/mutants.js';
import { recordBar } from '../../support/bars.js';
import { DEFECTS } from './defects.js';

const AT_ONCE = 2;
const LEAST = 20;

describe('seeded defects', () => {
  let trees: MutantTree[];
  const started = Date.now();

  beforeAll(() => {
    trees = Array.from({ length: AT_ONCE }, () => MutantTree.create());
  });

  afterAll(() => {
    for (const tree of trees) tree.dispose();
  });

  it('are looked for by tests that are green without them', async () => {
    const results = await trees[0]?.test([...new Set(DEFECTS.map((one) => one.file))]);
    const notGreen = DEFECTS.map((one) => one.test).filter(
      (test) => results?.get(test) !== 'passed',
    );

    expect(notGreen).toEqual([]);
  });

  it('are all killed by the tests that are named for them', async () => {
    const survivors: string[] = [];
    const queue = [...DEFECTS];
    const work = async (tree: MutantTree) => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        if (!(await isKilled(tree, one))) survivors.push(one.name);
      }
    };
    await Promise.all(trees.map(work));
    const killed = DEFECTS.length - survivors.length;
    recordBar({
      bar: 'seeded defects killed',
      measured: `${killed} of ${DEFECTS.length}`,
      target: `all of >= ${LEAST}`,
      passed: survivors.length === 0 && DEFECTS.length >= LEAST,
    });
    recordBar({
      bar: 'seconds for all defects',
      measured: Math.round((Date.now() - started) / 1000),
      target: '< 480',
      passed: Date.now() - started < 480_000,
    });

    expect(survivors).toEqual([]);
  });
});

async function isKilled(tree: MutantTree, defect: Defect): Promise<boolean> {
  const results = await tree.with(defect, () => tree.test([defect.file], defect.test));
  return results.get(defect.test) === 'failed';
}
