import { createHash } from 'node:crypto';
import { canonicalTokens } from './canonical-tokens.js';
import type { RecordedMigration } from './recorded-migration.js';

const SHORT = 8;

/** Changes with everything that changes what a migration does, and with nothing else. */
export function checksumOf({ statements, transaction }: RecordedMigration): string {
  const read = statements.map(({ sql, parameters = [] }) => [
    canonicalTokens(sql),
    parameters.map(parameterText),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([transaction, read]))
    .digest('hex');
}

/** As much of it as a person copies. */
export function shortHash(checksum: string): string {
  return checksum.slice(0, SHORT);
}

/** JSON alone would take a number for a bigint, and two buffers for one. */
function parameterText(value: unknown): readonly (string | null | undefined)[] {
  if (value === undefined || value === null) return ['null', null];
  if (typeof value === 'bigint') return ['bigint', String(value)];
  if (value instanceof Date) return ['date', value.toISOString()];
  if (Buffer.isBuffer(value)) return ['bytes', value.toString('base64')];
  return [typeof value, JSON.stringify(value)];
}
