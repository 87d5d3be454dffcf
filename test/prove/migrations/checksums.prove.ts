import { describe, expect, it } from '@jest/globals';
import { checksumOf } from '../../../src/migrator/recording/checksum.js';
import { recordBar } from '../../support/bars.js';
import { BUILDS } from '../../support/migration-builds.js';
import { REFORMATTED, WRITTEN, mutations } from '../../support/mutations.js';

const FEWEST_MUTATIONS = 200;
const FEWEST_FORMS = 8;

const hashOf = (statements: readonly string[]) =>
  checksumOf({
    name: 'Any1700000000000',
    timestamp: 1_700_000_000_000,
    direction: 'up',
    statements: statements.map((sql) => ({ sql })),
    transaction: true,
    isDynamic: false,
  });

describe('the checksum of a migration', () => {
  it('changes with what it does, and with nothing else', () => {
    const written = hashOf(WRITTEN);
    const changed = mutations();
    const noticed = changed.filter(
      ({ statement, sql }) =>
        hashOf(WRITTEN.map((one, at) => (at === statement ? sql : one))) !== written,
    );
    const same = REFORMATTED.filter(([, change]) => hashOf(WRITTEN.map(change)) === written);
    recordBar({
      bar: 'changed literals, names, numbers and words that change the checksum',
      measured: `${noticed.length} of ${changed.length}`,
      target: `all of >= ${FEWEST_MUTATIONS}`,
      passed: noticed.length === changed.length && changed.length >= FEWEST_MUTATIONS,
    });
    recordBar({
      bar: `other forms of the same text with the same checksum (and ${BUILDS.length} builds, in the unit tests)`,
      measured: `${same.length} of ${REFORMATTED.length}`,
      target: `all of >= ${FEWEST_FORMS}`,
      passed: same.length === REFORMATTED.length && same.length >= FEWEST_FORMS,
    });
    expect([noticed.length, same.length]).toEqual([changed.length, REFORMATTED.length]);
  });
});
