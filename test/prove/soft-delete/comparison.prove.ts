import { beforeAll, describe, expect, it } from '@jest/globals';
import { recordBar } from '../../support/bars.js';
import { type ToldTest, runTests } from '../../support/told-tests.js';

/** What TypeORM 1.1 does with deleted rows, each a defect that is shown and one that is mended. */
const BEHAVIOURS: Readonly<Record<string, string>> = {
  S1: 'a reference to a deleted row is set to NULL by a save',
  S2: 'an upsert onto a deleted row succeeds, and the row stays deleted',
  S3: 'a save by id changes a deleted row',
  S4: 'an update or delete by criteria hits deleted rows',
  S5: 'a deletion by a OR b deletes the deleted again',
  S6: 'a deletion with a common table expression is no SQL',
  S7: 'children that were not loaded stay when their parent is deleted',
  S8: 'a child that was deleted before comes back with its parent',
  S9: 'children stay deleted when their parent comes back',
  S10: 'a deleted row holds its unique key back',
  S11: 'withDeleted() after a join does nothing for it',
  S12: 'withDeleted is all or nothing',
  S13: 'a child is written below a deleted parent',
  S14: 'a child of a deleted parent is not found by it',
};

describe('what happens to deleted rows', () => {
  let tests: readonly ToldTest[];

  beforeAll(() => {
    tests = runTests(['medium/soft-delete']).flatMap((file) => file.assertionResults);
  }, 1_800_000);

  it('is mended here, and TypeORM alone shows each defect', () => {
    const rows = Object.entries(BEHAVIOURS).map(([name, behaviour]) => {
      const named = tests.filter((test) => new RegExp(`\\b${name}\\b`).test(test.fullName));
      const plain = named.filter((test) => /plain TypeORM/.test(test.fullName));
      const ours = named.filter((test) => !plain.includes(test));
      return { name, behaviour, plain: answerOf(plain), ours: answerOf(ours) };
    });
    process.stdout.write(
      `\n${rows.map((row) => `  ${row.name.padEnd(4)} TypeORM: ${row.plain.padEnd(8)} here: ${row.ours.padEnd(8)} ${row.behaviour}`).join('\n')}\n`,
    );
    bar('behaviours of TypeORM 1.1 shown', rows.filter((row) => row.plain === 'shown').length);
    bar('the same, mended here', rows.filter((row) => row.ours === 'shown').length);

    expect(rows.filter((row) => row.plain !== 'shown' || row.ours !== 'shown')).toEqual([]);
  });

  it('passes every other test of the room', () => {
    const failed = tests.filter((test) => test.status === 'failed');
    recordBar({
      bar: 'tests of the room that failed',
      measured: failed.length,
      target: '0',
      passed: failed.length === 0,
    });

    expect(failed.map((test) => test.fullName)).toEqual([]);
  });
});

function answerOf(tests: readonly ToldTest[]): 'shown' | 'failed' | 'missing' {
  if (tests.length === 0) return 'missing';
  return tests.every((test) => test.status === 'passed') ? 'shown' : 'failed';
}

function bar(name: string, measured: number): void {
  recordBar({ bar: name, measured, target: '14', passed: measured === 14 });
}
