import type { WireQuery } from '../wire.js';
import { refused } from '../statement-request.js';

type Rows = readonly unknown[];

interface Cursor {
  values?: unknown[] | null;
  read(count: number, done: (error: Error | null, rows?: Rows) => void): void;
  close(done: (error?: Error) => void): void;
}

/** The cursor of a stream, or the stream itself where it is one. */
export function cursorOf(stream: WireQuery): Cursor {
  const { cursor = stream } = stream as { cursor?: unknown };
  if (typeof (cursor as Partial<Cursor>).read === 'function') return cursor as Cursor;
  throw refused('in a test that is rolled back only cursors and query streams can be followed');
}

/**
 * Gives a stream all its rows out of one answer: an open cursor would keep the one connection from
 * whoever asks something else between two rows.
 */
export function feed(cursor: Cursor, answer: Promise<Rows>): void {
  let at = 0;
  answer.catch(() => undefined);
  cursor.read = (count, done) => {
    answer.then(
      (rows) => {
        const part = rows.slice(at, at + count);
        at += part.length;
        done(null, part);
      },
      (error: Error) => done(error),
    );
  };
  cursor.close = (done) => process.nextTick(done);
}
