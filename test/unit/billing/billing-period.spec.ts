import { describe, expect, it } from '@jest/globals';
import { periodEnd } from '../../../src/repositories/billing/billing-period.js';

const at = (text: string) => new Date(`${text}T10:00:00.000Z`);

describe('the end of a period', () => {
  it.each([
    ['2026-01-15', 'month', '2026-01-15', '2026-02-15'],
    ['2026-01-31', 'month', '2026-01-31', '2026-02-28'],
    ['2026-01-31', 'month', '2026-02-28', '2026-03-31'],
    ['2026-01-31', 'month', '2026-03-31', '2026-04-30'],
    ['2028-02-29', 'year', '2028-02-29', '2029-02-28'],
    ['2028-02-29', 'year', '2031-02-28', '2032-02-29'],
    ['2025-12-31', 'month', '2026-11-30', '2026-12-31'],
    ['2026-06-01', 'month', '2026-05-20', '2026-07-01'],
  ] as const)('anchored at %s, by the %s, from %s is %s', (anchor, interval, from, end) => {
    expect(periodEnd(at(anchor), interval, at(from))).toEqual(at(end));
  });
});
