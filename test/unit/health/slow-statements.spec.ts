import { describe, expect, it } from '@jest/globals';
import { SlowStatements } from '../../../src/health/watch/slow-statements.js';

function slow(limitMs = 100) {
  const told: string[] = [];
  const clock = { ms: 0 };
  const log = new SlowStatements(
    limitMs,
    (text) => told.push(text),
    () => clock.ms,
  );
  return { told, clock, log };
}

describe('the log of slow statements', () => {
  it('names what took too long, without its values', () => {
    const { told, log } = slow();
    log.answered("select 'quick'", 99, false);
    log.answered("select * from t where name = 'Anna'", 100.4, false);
    log.answered('select 1 / 0', 200, true);

    expect(told).toEqual([
      'slow statement: 100 ms: select * from t where name = ?',
      'slow statement: 200 ms, and it failed: select ? / ?',
    ]);
  });

  it('names one shape once a minute, and how many there were meanwhile', () => {
    const { told, clock, log } = slow();
    for (let at = 0; at < 50; at++) log.answered(`select ${at}`, 100 + at, false);
    clock.ms = 59_999;
    log.answered('select 1', 100, false);
    expect(told).toHaveLength(1);
    clock.ms = 60_000;
    log.answered('select 2', 100, false);

    expect(told.slice(1)).toEqual([
      'slow statement: 100 ms (and 50 more since it was last told, the slowest 149 ms): select ?',
    ]);
  });

  it('does not grow with the number of shapes, nor with their length', () => {
    const { told, log } = slow();
    for (let at = 0; at < 2_000; at++) log.answered(`select c${at}`, 100, false);
    log.answered('select c0', 100, false);
    log.answered(`select ${'long_'.repeat(1_000)}`, 100, false);

    expect(told).toHaveLength(2_002);
    expect(told.at(-1)?.length).toBeLessThan(1_100);
  });
});
