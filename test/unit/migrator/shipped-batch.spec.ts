import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LintFinding } from '../../../src/migrator/lint/finding.js';
import { lintMigrations } from '../../../src/migrator/lint/lint-migrations.js';
import { shippedBatch } from '../../support/migrator/shipped-batch.js';

describe('the shipped migrations, as one batch', () => {
  let findings: readonly LintFinding[];

  beforeAll(async () => {
    findings = await lintMigrations(await shippedBatch());
  });

  it('lock nobody out: every table that they touch is new', () => {
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([]);
  });

  it('break nothing and fail on nothing', () => {
    const seen = findings.filter(({ severity }) => severity === 'breaks' || severity === 'fails');

    expect(seen).toEqual([]);
  });

  it('destroy nothing; two of them ask the database, which is said', () => {
    const seen = findings.filter(({ severity }) => severity === 'destructive');

    expect(seen.map(({ rule, migration }) => `${rule} ${migration}`)).toEqual([
      'D14 CreateAudit1767225600000',
      'D14 AddDailyUsage1767225601002',
    ]);
  });
});
