import { positionOf, positionText } from './log-position.js';

/** Of which data source, and how far its primary has written. */
export function tokenOf(source: string, position: bigint): string {
  return `${source}:${positionText(position)}`;
}

/** What has to be there before it is good enough for a read; `unknown` is never there. */
export type Needed = bigint | 'unknown' | undefined;

/**
 * The most that the tokens ask for of this data source. They come from outside: one that is no
 * token asks for more than any replica has.
 */
export function neededByTokens(source: string, tokens: readonly string[]): Needed {
  let needed: bigint | undefined;
  for (const token of tokens) {
    const [, name, text] = /^([A-Za-z]\w{0,40}):(\S+)$/.exec(token) ?? [];
    const position = text === undefined ? undefined : positionOf(text);
    if (position === undefined) return 'unknown';
    if (name === source && position > (needed ?? 0n)) needed = position;
  }
  return needed;
}
