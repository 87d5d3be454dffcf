import type { EntityMetadata } from 'typeorm';
import { TestFailureError } from '../../errors/test-failure.error.js';
import type { Cells } from './encoded-cells.js';

export function inCircle({ tableName }: EntityMetadata): TestFailureError {
  return new TestFailureError({
    problem: `A row of ${tableName} needs one of its own table, which needs another, and so on`,
    mend: 'Give the reference in the overrides',
  });
}

export function notMade(
  { name, tableName }: EntityMetadata,
  row: Cells,
  cause: unknown,
): TestFailureError {
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  return new TestFailureError({
    problem: `No row of ${tableName} could be made of ${JSON.stringify(row)}${because}`,
    mend: `Give in the overrides what the rules of ${name} ask for`,
    cause,
    given: { entity: name },
  });
}
