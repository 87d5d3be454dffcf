import { beforeAll, describe, expect, it } from '@jest/globals';
import { recordBar } from '../../support/bars.js';
import { type ToldFile, runTests } from '../../support/told-tests.js';
import { LATER, SHOWN } from './capabilities.js';
import type { Capability } from './capability.js';

type Answer = 'pass' | 'fail' | 'missing';

const ANSWER_WIDTH = 'missing'.length;

/** Runs the tests that the table names, and holds the table against what they answered. */
describe('what the five descriptions offer', () => {
  let files: readonly ToldFile[];

  beforeAll(() => {
    files = runTests([...new Set(SHOWN.map((one) => one.file))]);
  }, 1_800_000);

  it('works here, each capability shown by a test of its own', () => {
    const rows = SHOWN.map((one) => ({ ...one, answer: answerOf(one, files) }));
    const missing = rows.filter((row) => row.answer === 'missing');
    const failed = rows.filter((row) => row.answer === 'fail');
    process.stdout.write(table(rows));
    bar('capabilities of the descriptions shown by a test', rows.length, '>= 100', (n) => n >= 100);
    bar('capabilities without a test that ran', missing.length, '0', (n) => n === 0);
    bar('capabilities whose test failed', failed.length, '0', (n) => n === 0);
    recordBar({
      bar: 'capabilities that come with a later room, named in the table',
      measured: LATER.length,
      target: 'counted',
      passed: true,
    });

    expect([...missing, ...failed]).toEqual([]);
  });

  it('names every description', () => {
    const seeds = new Set(SHOWN.map((one) => one.seed));

    expect(seeds.size).toBe(5);
  });
});

function answerOf({ file, test }: Capability, files: readonly ToldFile[]): Answer {
  const tests = files
    .filter((one) => one.name.includes(file))
    .flatMap((one) => one.assertionResults)
    .filter((one) => one.fullName.includes(test));
  if (tests.length === 0) return 'missing';
  return tests.every((one) => one.status === 'passed') ? 'pass' : 'fail';
}

/** A part for each description: what is shown, and below it what comes later. */
function table(rows: readonly (Capability & { answer: Answer })[]): string {
  const width = Math.max(...[...rows, ...LATER].map((one) => one.capability.length));
  const line = (answer: string, capability: string, where: string) =>
    `  ${answer.padEnd(ANSWER_WIDTH)}  ${capability.padEnd(width)}  ${where}`;
  const seeds = [...new Set([...rows, ...LATER].map((one) => one.seed))];
  const parts = seeds.map((seed) => {
    const here = rows.filter((one) => one.seed === seed);
    const later = LATER.filter((one) => one.seed === seed);
    return [
      `${seed}: ${here.length} shown, ${later.length} later`,
      ...here.map((one) => line(one.answer, one.capability, `${one.file} › ${one.test}`)),
      ...later.map((one) => line('later', one.capability, `comes with ${one.room}`)),
    ].join('\n');
  });
  return `\n${parts.join('\n\n')}\n`;
}

function bar(name: string, measured: number, target: string, holds: (n: number) => boolean): void {
  recordBar({ bar: name, measured, target, passed: holds(measured) });
}
