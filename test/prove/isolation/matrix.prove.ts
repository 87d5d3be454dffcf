import { afterAll, describe, expect, it } from '@jest/globals';
import type { DatabaseModuleOptions } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { requiredMethods, traceMethods } from '../../support/isolation/coverage.js';
import { type Fault, type MatrixReport, faultsIn } from '../../support/isolation/matrix.js';
import { runMatrix } from '../../support/isolation/matrix-shop.js';

/** ROWGUARD_OPERATIONS raises it for a nightly run. */
const OPERATIONS = Number(process.env['ROWGUARD_OPERATIONS'] ?? 10_000);

const SETTINGS: readonly (readonly [string, DatabaseModuleOptions])[] = [
  ['both walls', {}],
  ['row-level security alone', { tenancy: { walls: { predicate: false } } }],
  ['the predicate alone', { tenancy: { walls: { policies: false } } }],
];

const BARS: readonly (readonly [string, Fault])[] = [
  ['foreign rows seen', 'foreign row seen'],
  ['foreign rows changed', 'foreign row changed'],
  ['cross references', 'cross reference'],
  ['own rows incomplete', 'own rows incomplete'],
  ['foreign canaries in errors and logs', 'foreign canary told'],
  ['errors without a type', 'untyped error'],
  ['attacks not refused', 'not refused'],
  ['operations that never succeeded', 'never succeeded'],
];

function recordBars(setting: string, report: MatrixReport): void {
  recordBar({
    bar: `operations behind ${setting}`,
    measured: report.operations,
    target: `>= ${OPERATIONS}`,
    passed: report.operations >= OPERATIONS,
  });
  for (const [name, fault] of BARS) {
    const measured = report.faults.get(fault)?.length ?? 0;
    recordBar({ bar: `${name}, ${setting}`, measured, target: '0', passed: measured === 0 });
  }
}

describe('ten thousand generated operations', () => {
  const called = traceMethods();

  it.each(SETTINGS)('never cross a tenant behind %s', async (setting, options) => {
    const report = await runMatrix(OPERATIONS, options);
    recordBars(setting, report);

    expect(faultsIn(report)).toEqual([]);
  });

  it('call every method of repositories, managers and builders', () => {
    const required = requiredMethods();
    const missing = required.filter((method) => !called.has(method));
    recordBar({
      bar: 'methods covered',
      measured: `${required.length - missing.length} of ${required.length}`,
      target: 'all',
      passed: missing.length === 0,
    });

    expect(missing).toEqual([]);
  });

  afterAll(() => {
    process.stdout.write(`methods called: ${[...called].sort().join(', ')}\n`);
  });
});
