import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lintMigrations } from '../../../src/migrator/lint/lint-migrations.js';
import { TYPEORM_CHANGES, generated } from '../../support/migrator/typeorm-changes.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const LOSSES = TYPEORM_CHANGES.filter(({ rule }) => rule !== undefined);
const HARMLESS = TYPEORM_CHANGES.filter(({ rule }) => rule === undefined);

describe('what the generator of TypeORM writes', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  it.each(LOSSES)('is stopped by $rule: $says', async (change) => {
    const { up } = await generated(database.url, change);

    expect(up[0]?.statements.length).toBeGreaterThan(0);
    expect(await rulesOf(up)).toContain(`destructive ${change.rule}`);
  });

  it.each(HARMLESS)('is not stopped where nothing is lost: $says', async (change) => {
    const { up, columnType } = await generated(database.url, change);
    const rules = await rulesOf(up, { columnType: () => columnType });

    expect(rules.filter((rule) => rule.startsWith('destructive'))).toEqual([]);
  });
});

async function rulesOf(...given: Parameters<typeof lintMigrations>): Promise<readonly string[]> {
  return (await lintMigrations(...given)).map(({ severity, rule }) => `${severity} ${rule}`);
}
