import { createHash } from 'node:crypto';
import { readStatement, type StatementReading } from './statement-reading.js';

export interface CachedStatement extends StatementReading {
  /** The name to prepare it under, from the second sight on. */
  name: string | undefined;
  sights: number;
}

const LONGEST_KEPT = 16_384;

/**
 * What is known of each statement text, for all connections of a data source; bounded, the least
 * recently used text goes first. A text gets a name when it is seen for the second time, so that
 * statements which never return leave nothing behind on the server.
 */
export class StatementCache {
  private readonly known = new Map<string, CachedStatement>();

  constructor(private readonly capacity: number) {}

  get(text: string): CachedStatement {
    // Long texts seldom return, and a cache of them would hold hundreds of megabytes.
    if (text.length > LONGEST_KEPT) return { ...readStatement(text), name: undefined, sights: 1 };
    let statement = this.known.get(text);
    if (statement) {
      this.known.delete(text);
      statement.sights++;
      if (statement.sights === 2) statement.name = nameOf(text);
    } else {
      statement = { ...readStatement(text), name: undefined, sights: 1 };
      if (this.known.size >= this.capacity) this.forgetOldest();
    }
    this.known.set(text, statement);
    return statement;
  }

  /** What a text is, without having sent it. */
  peek(text: string): StatementReading {
    return this.known.get(text) ?? readStatement(text);
  }

  /** The server's plan for this text is stale: prepare it anew under another name. */
  rename(text: string): void {
    const statement = this.known.get(text);
    if (statement?.name) statement.name = nameOf(text, statement.sights);
  }

  private forgetOldest(): void {
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}

/** By the text, so that one name can never stand for two statements, whoever prepared it. */
function nameOf(text: string, salt?: number): string {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  return salt === undefined ? `rg_${hash}` : `rg_${hash}_${salt}`;
}
