import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type FreshSource,
  openFresh,
  openFreshEmbedded,
  partsInstalled,
  upDownUp,
} from '../../support/migration-cycle.js';

const ENGINES = [
  ['a server', openFresh],
  ['the embedded engine', openFreshEmbedded],
] as const;

describe('the shipped migrations', () => {
  let fresh: FreshSource | undefined;

  afterEach(async () => {
    await fresh?.close();
    fresh = undefined;
  });

  it.each(ENGINES)('run up, down and up again to the same schema on %s', async (_, open) => {
    fresh = await open({ schema: 'all' });

    const cycle = await upDownUp(fresh.source);

    const parts = partsInstalled(fresh.source, 'all');
    expect(cycle.migrations).toBe(parts.flatMap((part) => part.migrations).length);
    expect(cycle.installed.length).toBeGreaterThan(50);
    expect(cycle.left).toEqual([]);
    expect(cycle.differences).toEqual([]);
  });
});
