import { describe, expect, it } from '@jest/globals';
import { openLedger } from '../../support/audit/ledger.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { seedSecrets, talkative } from '../../support/audit/secrets.js';

const FAILURES = [
  'AuditActorMissingError',
  'CheckViolationError',
  'ExclusionViolationError',
  'InvalidInputError',
  'NotNullViolationError',
  'QueryFailedError',
  'ReferenceMissingError',
  'RowReferencedError',
  'TenantMismatchError',
  'UniqueViolationError',
  'ValidationFailedError',
];
const REFUSALS = { trigger: [], orm: ['AuditBulkLimitError', 'AuditRefusedError'] };

describe.each(CAPTURES)('what is masked or excluded, with the log written by %s,', (capture) => {
  it('is in no row of the log, in no line of a logger and in no error', async () => {
    const seeded = await seedSecrets(() => openLedger(talkative(capture)));

    expect(seeded).toMatchObject({ inLog: 0, inLines: 0, telling: [] });
    expect(seeded.rows).toBeGreaterThanOrEqual(15);
    expect(seeded.lines).toBeGreaterThan(100);
    expect([...new Set(seeded.errors)].toSorted()).toEqual(
      [...FAILURES, ...REFUSALS[capture]].toSorted(),
    );
  });
});
