import { describe, expect, it } from '@jest/globals';
import { RowguardNamingStrategy } from '../../../src/entities/rowguard-naming.strategy.js';
import { nameWithin } from '../../../src/schema/function-name.js';
import { policiesOf } from '../../../src/schema/policies.js';

const LENGTHS = [58, 59, 60, 61, 62, 63];

/** Names of so many bytes, whose characters begin at every possible place. */
const NAMES = LENGTHS.flatMap((bytes) =>
  ['ü', '語', '🐘'].map((one) => {
    const count = Math.floor(bytes / Buffer.byteLength(one));
    return 'x'.repeat(bytes - count * Buffer.byteLength(one)) + one.repeat(count);
  }),
);

describe('a name that is made from a long one', () => {
  it.each(NAMES)('has whole characters, and as many as PostgreSQL keeps: %s', (table) => {
    const made = [
      nameWithin('rowguard_owner_', table),
      new RowguardNamingStrategy().foreignKeyName(table, ['tenant_id', 'owner_id']),
      ...policiesOf({ class: 'tenant', schema: 'public', table } as never).map((one) => one.name),
    ];

    for (const name of made) {
      expect(name).not.toContain('\uFFFD');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    }
    expect(new Set(made).size).toBe(made.length);
  });
});
