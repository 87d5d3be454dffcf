import { describe, expect, it } from '@jest/globals';
import { uuidV7 } from 'nestjs-rowguard';
import { isWithinRollout } from '../../../src/repositories/platform/rollout.js';

const TENANTS = Array.from({ length: 2_000 }, () => uuidV7());

describe('the share of the tenants that a flag is rolled out to', () => {
  it('is about as large as it was asked to be', () => {
    const within = TENANTS.filter((tenant) => isWithinRollout(tenant, 'new-editor', 30)).length;

    expect(within / TENANTS.length).toBeGreaterThan(0.25);
    expect(within / TENANTS.length).toBeLessThan(0.35);
  });

  it('only gains tenants when it grows', () => {
    const at = (percent: number) =>
      TENANTS.filter((tenant) => isWithinRollout(tenant, 'new-editor', percent));

    expect(at(10).filter((tenant) => !at(11).includes(tenant))).toEqual([]);
    expect([at(0).length, at(100).length]).toEqual([0, TENANTS.length]);
  });

  it('is another one for another flag', () => {
    const of = (key: string) => TENANTS.map((tenant) => isWithinRollout(tenant, key, 50)).join();

    expect(of('one')).not.toBe(of('two'));
  });

  it('never moves: the place of a tenant is the same in every release', () => {
    const tenant = '0190a000-0000-7000-8000-000000000001';
    const first = Array.from({ length: 101 }, (_, at) => at).find((percent) =>
      isWithinRollout(tenant, 'new-editor', percent),
    );

    expect(first).toBe(29);
  });
});
