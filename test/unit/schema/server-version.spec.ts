import { describe, expect, it } from '@jest/globals';
import { requiredUpgrade } from '../../../src/schema/server-version.js';

describe('the version of the server', () => {
  it.each([
    [140_019, '15.14'],
    [150_013, '15.14'],
    [160_009, '16.10'],
    [170_005, '17.6'],
  ])('%i has to be upgraded to %s', (version, upgrade) => {
    expect(requiredUpgrade(version)).toBe(upgrade);
  });

  it.each([[150_014], [160_010], [170_006], [180_000], [190_000]])('%i is fine', (version) => {
    expect(requiredUpgrade(version)).toBeUndefined();
  });
});
