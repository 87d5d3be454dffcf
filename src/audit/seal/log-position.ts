/** Where a row stands in the order in which the log is sealed. */
export interface LogPosition {
  readonly epoch: number;
  readonly tx: number;
  readonly id: number;
}

export const BEFORE_ALL: LogPosition = { epoch: -1, tx: 0, id: 0 };

const LAST_TX = '18446744073709551615';
const LAST_ID = '9223372036854775807';

/** After every row of the epoch, those that are still to come included. */
export function endOfEpoch(epoch: number): LogPosition {
  return { epoch, tx: Infinity, id: Infinity };
}

export function isAfter(one: LogPosition, other: LogPosition): boolean {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch;
  return one.tx === other.tx ? one.id > other.id : one.tx > other.tx;
}

/** The three parameters that a comparison with (epoch, tx, id) takes. */
export function parametersOf({ epoch, tx, id }: LogPosition): [number, string, string] {
  return [epoch, tx === Infinity ? LAST_TX : String(tx), id === Infinity ? LAST_ID : String(id)];
}

/** The row of those parameters, from `first` on. */
export function positionAt(first: number): string {
  return `($${first}::int, $${first + 1}::text::xid8, $${first + 2}::bigint)`;
}

export const POSITION = '(epoch, tx, id)';
