import { createHash } from 'node:crypto';

const PERCENT = 100;
const RANGE = 2 ** 32;

/**
 * True if a tenant is within the share that a flag is rolled out to. The place of a tenant depends
 * on nothing but its id and the key, so a growing share only ever adds tenants.
 */
export function isWithinRollout(tenantId: string, key: string, percent: number): boolean {
  const place = createHash('sha256').update(`${tenantId}:${key}`).digest().readUInt32BE(0);
  return (place / RANGE) * PERCENT < percent;
}
