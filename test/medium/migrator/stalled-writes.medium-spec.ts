import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { stallBehind } from '../../support/stalled-writes.js';

const LOCK_TIMEOUT_MS = 300;
const LONG_TRANSACTION_MS = 2_500;
/** The machine of a test is busy with others. */
const MORE_MS = 500;

describe('a migration behind a long transaction', () => {
  let database: ScratchDatabase;

  beforeEach(async () => {
    database = await ScratchDatabase.create();
  });
  afterEach(() => database.drop());

  it('holds up writes no longer than it may wait for a lock, and ends by trying again', async () => {
    const { writes, ran, tries } = await stallBehind(
      database,
      LONG_TRANSACTION_MS,
      LOCK_TIMEOUT_MS,
    );

    expect(ran).toEqual(['WidenHot1700000000002']);
    expect(tries).toBeGreaterThan(2);
    expect(writes.at(-1)).toBeGreaterThan(LOCK_TIMEOUT_MS / 2);
    expect(writes.at(-1)).toBeLessThan(LOCK_TIMEOUT_MS + MORE_MS);
  });
});
