import type pg from 'pg';
import type { ConnectionPlan } from './connection-plan.js';
import type { CachedStatement } from '../sql/statement-cache.js';
import type { WireConnection } from './wire.js';

const CACHED_PLAN_MUST_NOT_CHANGE = '0A000';
const STATEMENT_DOES_NOT_EXIST = '26000';
const STATEMENT_ALREADY_EXISTS = '42P05';

/** The prepared statements of one connection: at most so many, the least recently used go first. */
export class PreparedNames {
  private readonly used = new Map<string, true>();
  /** The preamble that the group in hand has prepared itself, and so is there whatever else is not. */
  private fresh: string | undefined;

  constructor(private readonly plan: ConnectionPlan) {}

  nameFor(statement: CachedStatement, { name, text }: pg.QueryConfig): string | undefined {
    if (!this.plan.named || statement.kind !== 'data' || text === '') return undefined;
    // A name of the caller's own is kept apart from ours.
    return name === undefined ? statement.name : `own_${name}`;
  }

  /** Called inside the group, before the statement's own messages. */
  makeRoom(name: string, connection: WireConnection): void {
    this.used.delete(name);
    if (this.used.size >= this.plan.namedPerConnection) {
      const [oldest] = this.used.keys();
      if (oldest !== undefined) {
        this.used.delete(oldest);
        delete connection.parsedStatements[oldest];
        connection.close({ type: 'S', name: oldest });
      }
    }
    this.used.set(name, true);
  }

  beginGroup(): void {
    this.fresh = undefined;
  }

  preambleParsed(name: string, text: string, connection: WireConnection): void {
    this.fresh = name;
    connection.parsedStatements[name] = text;
  }

  /** Puts the names right after an error that is about them; false if it is about something else. */
  recover(error: Error, text: string, connection: WireConnection): boolean {
    const { code, routine } = error as { code?: string; routine?: string };
    if (code === CACHED_PLAN_MUST_NOT_CHANGE && routine === 'RevalidateCachedQuery') {
      this.plan.statements.rename(text);
      return true;
    }
    if (code === STATEMENT_DOES_NOT_EXIST) {
      this.forgetAll(connection);
      return true;
    }
    if (code === STATEMENT_ALREADY_EXISTS) {
      // Somebody else's statement on our connection: a pooler that does not keep them apart.
      this.plan.named = false;
      this.forgetAll(connection);
      return true;
    }
    return false;
  }

  private forgetAll(connection: WireConnection): void {
    this.used.clear();
    for (const name of Object.keys(connection.parsedStatements)) {
      if (name !== this.fresh) delete connection.parsedStatements[name];
    }
  }
}
