import { hash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type LogPosition, POSITION, parametersOf, positionAt } from '../log-position.js';
import { LEAF } from '../sealed-row.js';

/** Rows of the log by their ids: after `after` up to `upTo`. */
export interface IdWindow {
  readonly after: number;
  /** Infinity in the last window. */
  readonly upTo: number;
  /** The greatest id that a seal knows there. */
  readonly lastKnown: number;
}

/** A sealed row as its seal knows it. */
export interface SealedEntry extends LogPosition {
  readonly at: number;
  readonly seal: number;
  /** How many rows were sealed before it. */
  readonly ordinal: number;
  readonly leaf: Buffer;
}

export interface LiveLeaf extends LogPosition {
  readonly leaf: Buffer;
}

export interface WindowDigest {
  readonly rows: number;
  readonly digest: Buffer;
  readonly erased: number;
}

const ROWS_A_PAGE = 20_000;
const LAST_ID = '9223372036854775807';
const ERASED = 'diff IS NULL AND salt IS NULL AND diff_hash IS NOT NULL';

/** Reads the log as it is, window by window, so that neither side holds more than one of them. */
export class LogReader {
  constructor(
    private readonly source: DataSource,
    private readonly from: LogPosition,
    private readonly to: LogPosition,
  ) {}

  /** The hashes of a whole window in one: where it fits, no row of it has to be looked at. */
  async digest(window: IdWindow, outOfPlace: readonly number[]): Promise<WindowDigest> {
    const [answer] = await this.source.query<[WindowDigest]>(
      `SELECT count(*)::float8 AS rows, count(*) FILTER (WHERE erased)::float8 AS erased,
         sha256(coalesce(string_agg(leaf, ''::bytea ORDER BY id), '')) AS digest
       FROM (SELECT id, ${LEAF} AS leaf, (${ERASED}) AS erased FROM audit_logs
         WHERE id > $1 AND id <= $2 AND (${this.inRange(3)} OR id = ANY($9::bigint[])) OFFSET 0) AS sealed`,
      [...boundsOf(window), ...this.range(), outOfPlace],
    );
    return answer;
  }

  /** Each row of the window that a seal knows or should know, in the order of the ids. */
  async *leaves(window: IdWindow): AsyncGenerator<LiveLeaf[]> {
    const [first, upTo] = boundsOf(window);
    let [after, seen] = [first, 0];
    for (;;) {
      const page = await this.source.query<LiveLeaf[]>(
        `SELECT epoch::int AS epoch, tx::text::float8 AS tx, id::float8 AS id, ${LEAF} AS leaf FROM audit_logs
         WHERE id > $1 AND id <= $2 AND (${this.inRange(3)} OR id <= $9::bigint)
         ORDER BY id, at, tenant_id OFFSET $10 LIMIT ${ROWS_A_PAGE}`,
        [after, upTo, ...this.range(), String(window.lastKnown), seen],
      );
      if (page.length > 0) yield page;
      if (page.length < ROWS_A_PAGE) return;
      // Rows that share an id stay together: the next page begins with the last id again.
      const last = page.at(-1)?.id ?? 0;
      after = String(last - 1);
      seen = page.filter((row) => row.id === last).length;
    }
  }

  async erasedIds(window: IdWindow): Promise<number[]> {
    const rows = await this.source.query<{ id: number }[]>(
      `SELECT id::float8 AS id FROM audit_logs WHERE id > $1 AND id <= $2 AND ${ERASED}`,
      boundsOf(window),
    );
    return rows.map((row) => row.id);
  }

  private inRange(first: number): string {
    return `(${POSITION} > ${positionAt(first)} AND ${POSITION} <= ${positionAt(first + 3)})`;
  }

  private range(): unknown[] {
    return [...parametersOf(this.from), ...parametersOf(this.to)];
  }
}

/** What LogReader.digest answers if the rows are those of the entries. */
export function digestOf(entries: readonly SealedEntry[]): Buffer {
  return hash('sha256', Buffer.concat(entries.map((entry) => entry.leaf)), 'buffer');
}

function boundsOf({ after, upTo }: IdWindow): [string, string] {
  const least = after === -Infinity ? `-${LAST_ID}` : String(after);
  return [least, upTo === Infinity ? LAST_ID : String(upTo)];
}
