/** Where a sealed row stands, and when it was written. */
export interface SealedPlace {
  readonly tx: number;
  readonly id: number;
  /** In milliseconds. */
  readonly at: number;
}

const RAW_BYTES = 24;
const YEAR_2000_MS = 946_684_800_000;
const EARLIEST_MS = Date.UTC(1000, 0);
const LATEST_MS = Date.UTC(9999, 0);
const MORE = 0x80;
const REST = 0x7f;

/** What string_agg(RAW_PLACE) of the database holds. */
export const RAW_PLACE = `xid8send(tx) || int8send(id) || timestamptz_send(at)`;

export function placesFromRaw(raw: Buffer): SealedPlace[] {
  return Array.from({ length: raw.length / RAW_BYTES }, (_, index) => {
    const start = index * RAW_BYTES;
    return {
      tx: Number(raw.readBigUInt64BE(start)),
      id: Number(raw.readBigInt64BE(start + 8)),
      at: withinReach(Number(raw.readBigInt64BE(start + 16) / 1000n) + YEAR_2000_MS),
    };
  });
}

/** A row may say 'infinity'; its difference to the next still has to be a number. */
function withinReach(at: number): number {
  return Math.max(EARLIEST_MS, Math.min(LATEST_MS, at));
}

/** Neighbours differ by little: as differences of few bytes a place takes three to five of them. */
export function packPlaces(places: readonly SealedPlace[]): Buffer {
  const bytes: number[] = [];
  let before: SealedPlace = { tx: 0, id: 0, at: 0 };
  for (const place of places) {
    for (const key of ['tx', 'id', 'at'] as const) pushNumber(bytes, place[key] - before[key]);
    before = place;
  }
  return Buffer.from(bytes);
}

export function unpackPlaces(packed: Buffer): SealedPlace[] {
  const places: SealedPlace[] = [];
  let before: SealedPlace = { tx: 0, id: 0, at: 0 };
  let at = 0;
  const next = () => {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = packed[at++] ?? 0;
      value += (byte & REST) * factor;
      factor *= MORE;
    } while (byte >= MORE);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  while (at < packed.length) {
    before = { tx: before.tx + next(), id: before.id + next(), at: before.at + next() };
    places.push(before);
  }
  return places;
}

/** Seven bits a byte; the sign in the lowest bit, so that small differences stay short. */
function pushNumber(bytes: number[], difference: number): void {
  let value = difference < 0 ? -2 * difference - 1 : 2 * difference;
  while (value >= MORE) {
    bytes.push((value % MORE) + MORE);
    value = Math.floor(value / MORE);
  }
  bytes.push(value);
}
