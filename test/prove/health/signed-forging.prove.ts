import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordBar } from '../../support/bars.js';
import { FORGERIES, type Forged, forge } from '../../support/forging-battery.js';
import { ForgingWorld } from '../../support/forging-world.js';
import { TwoInstances, pause, underTraffic } from '../../support/key-traffic.js';

async function battery(isSigned: boolean): Promise<Forged[]> {
  const world = await ForgingWorld.open(isSigned);
  const results: Forged[] = [];
  try {
    for (const forgery of FORGERIES) results.push(await forge(world, forgery));
  } finally {
    await world.close();
  }
  return results;
}

function reaching(results: readonly Forged[]): Forged[] {
  return results.filter(({ read, changed }) => read > 0 || changed);
}

describe('forged tenants', () => {
  it('reach nothing where bindings are signed', async () => {
    const [unsigned, signed] = [await battery(false), await battery(true)];
    const [open, through] = [reaching(unsigned), reaching(signed)];
    const rows = signed.reduce((sum, one) => sum + one.read, 0);
    const expected = FORGERIES.filter((one) => one.worksUnsigned).length;

    recordBar({
      bar: `rows of another tenant by ${FORGERIES.length} forgeries, signed`,
      measured: rows,
      target: '0',
      passed: rows === 0 && through.length === 0,
    });
    recordBar({
      bar: 'the same forgeries that get through unsigned, so that the battery can fail',
      measured: open.length,
      target: String(expected),
      passed: open.length === expected,
    });
    expect(through).toEqual([]);
    expect(open).toHaveLength(expected);
  }, 120_000);
});

describe('a change of keys', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.open();
  }, 60_000);
  afterAll(() => two.close());

  it('costs traffic nothing', async () => {
    two.hurry();
    const { statements, errors, foreign } = await underTraffic(two, async () => {
      for (let round = 0; round < 5; round++) {
        await two.instances[round % 2]?.rotateBindingKey({ graceSeconds: 2 });
        await pause(2_300);
      }
    });
    recordBar({
      bar: `errors in ${statements} statements of two instances while the key changes 5 times`,
      measured: errors.length,
      target: '0',
      passed: errors.length === 0 && statements > 500,
    });
    recordBar({
      bar: 'rows of another tenant meanwhile',
      measured: foreign,
      target: '0',
      passed: foreign === 0,
    });
    expect({ errors, foreign }).toEqual({ errors: [], foreign: 0 });
  }, 60_000);
});
