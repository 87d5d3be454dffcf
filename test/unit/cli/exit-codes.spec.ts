import { describe, expect, it } from '@jest/globals';
import {
  type DatabaseErrorDetails,
  LockNotObtainedError,
  MigrationBlockedError,
  MigrationFailedError,
  MigrationHistoryError,
} from 'nestjs-rowguard';
import { exitCodeFor } from '../../../src/cli/failure.js';

describe('the exit code of a migration that did not run', () => {
  it.each<[number, string, new (details: DatabaseErrorDetails) => Error]>([
    [4, 'an approval is missing', MigrationBlockedError],
    [5, 'the history does not hold together', MigrationHistoryError],
    [6, 'another process holds the lock', LockNotObtainedError],
    [1, 'it failed', MigrationFailedError],
  ])('is %i where %s', (code, _, type) => {
    expect(exitCodeFor(new type({ problem: 'p', mend: 'm' }))).toBe(code);
  });
});
