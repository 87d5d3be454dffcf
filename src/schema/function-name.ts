import { createHash } from 'node:crypto';

const LONGEST_NAME = 63;

/** The name of what is made for one table: the table's own behind a prefix, if there is room for it. */
export function nameWithin(prefix: string, table: string): string {
  const name = `${prefix}${table}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 12);
  // Cut by bytes, and whole characters only: a name is UTF-8 as everything else.
  const head = Buffer.from(name).subarray(0, LONGEST_NAME - hash.length - 1);
  return `${head.toString('utf8').replace(/\uFFFD+$/, '')}_${hash}`;
}
