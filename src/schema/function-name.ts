import { createHash } from 'node:crypto';
import { nameHead } from '../sql/name-head.js';

const LONGEST_NAME = 63;

/** The name of what is made for one table: the table's own behind a prefix, if there is room for it. */
export function nameWithin(prefix: string, table: string): string {
  const name = `${prefix}${table}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 12);
  return `${nameHead(name, LONGEST_NAME - hash.length - 1)}_${hash}`;
}
