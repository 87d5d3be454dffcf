import type { LiveLeaf, SealedEntry } from './log-window.js';

/** Sealed rows that follow each other and are gone. */
export interface MissingStretch {
  readonly first: SealedEntry;
  last: SealedEntry;
  rows: number;
}

/** A row under the id of the entry, with another hash. */
export interface AlteredRow {
  readonly entry: SealedEntry;
  readonly row: LiveLeaf;
}

/** What is kept for naming; of more than that the number is known. */
const MOST_KEPT = 50_000;

/** What does not fit between the seals and the rows; sorted out when all of it is known. */
export class Differences {
  readonly altered: AlteredRow[] = [];
  readonly missing: MissingStretch[] = [];
  readonly extra: LiveLeaf[] = [];
  alteredBeyond = 0;
  extraBeyond = 0;

  alter(one: AlteredRow): void {
    if (this.altered.length < MOST_KEPT) this.altered.push(one);
    else this.alteredBeyond += 1;
  }

  miss(entry: SealedEntry): void {
    const stretch = this.missing.at(-1);
    const goesOn = stretch && entry.ordinal === stretch.last.ordinal + 1;
    if (stretch && (goesOn || this.missing.length >= MOST_KEPT)) {
      stretch.last = entry;
      stretch.rows += 1;
    } else this.missing.push({ first: entry, last: entry, rows: 1 });
  }

  add(row: LiveLeaf): void {
    if (this.extra.length < MOST_KEPT) this.extra.push(row);
    else this.extraBeyond += 1;
  }
}
