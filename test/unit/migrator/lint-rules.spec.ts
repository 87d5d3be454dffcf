import { describe, expect, it } from '@jest/globals';
import { lintMigrations } from '../../../src/migrator/lint/lint-migrations.js';
import { CATALOGUE } from '../../../src/migrator/lint/rules/catalogue.js';
import { FIXTURES, WITHOUT_SQL } from '../../support/migrator/fixtures/all-fixtures.js';
import { recorded } from '../../support/migrator/recorded.js';

const cases = FIXTURES.map((fixture, at) => ({ at, ...fixture }));
const rulesOf = async (scripts: Parameters<typeof recorded>[0], options = {}) =>
  (await lintMigrations(recorded(scripts), options)).map(({ rule }) => rule);

describe('the rules', () => {
  it('are at least sixty, each with an id, a title, a reason and a mend', () => {
    expect(CATALOGUE.length).toBeGreaterThanOrEqual(60);
    for (const { id, title, why, mend } of CATALOGUE) {
      expect([id, title, why, mend].every((text) => text.length > 2)).toBe(true);
    }
  });

  it('have a bad and a good fixture each', () => {
    const covered = new Set([...FIXTURES.map(({ rule }) => rule), ...WITHOUT_SQL]);

    expect(CATALOGUE.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual([]);
  });

  it.each(cases)('$rule finds its bad fixture ($at)', async ({ rule, bad, options }) => {
    expect(await rulesOf(bad, options)).toContain(rule);
  });

  it.each(cases)('$rule lets its good fixture pass ($at)', async ({ rule, good, options }) => {
    expect(await rulesOf(good, options)).not.toContain(rule);
  });

  it('say nothing but style about any good fixture, apart from what is in the data', async () => {
    const alarms = await Promise.all(
      FIXTURES.map(async ({ rule, good, options }) => {
        const found = await lintMigrations(recorded(good), options);
        return found
          .filter(({ severity }) => severity !== 'style')
          .map((one) => `${rule}: ${one.rule} ${one.problem}`);
      }),
    );

    expect(alarms.flat()).toEqual([]);
  });
});
