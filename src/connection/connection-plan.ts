import type pg from 'pg';
import type { Binding } from './binding.js';
import { LocalBinding } from './binding.js';
import type { EmbeddedEngine } from '../embedded/embedded-engine.js';
import { type CachedStatement, StatementCache } from '../sql/statement-cache.js';
import type { Walls } from '../context/walls.js';

const KNOWN_TEXTS = 2_000;

/** Which work a pool's connections may do. The embedded engine has one session, which does all. */
export type Serves = 'tenants' | 'system' | 'all';

export interface WriteGuard {
  /** Throws before anything is sent. */
  check(statement: CachedStatement, request: pg.QueryConfig): void;
}

export interface ConnectionPlanOptions {
  /** How connections for system and schema work differ from the application's. */
  readonly systemLogin: pg.PoolConfig | undefined;
  readonly walls: Walls;
  /** Prepared statements by name; off behind a pooler that does not know them. */
  readonly named: boolean;
  readonly namedPerConnection: number;
  /** Work of a tenant without an actor counts as anonymous, rather than failing where it is audited. */
  readonly mayBeAnonymous?: boolean;
}

/** What all pools and connections of one data source share. */
export class ConnectionPlan {
  readonly walls: Walls;
  readonly systemLogin: pg.PoolConfig | undefined;
  readonly statements = new StatementCache(KNOWN_TEXTS);
  readonly binding: Binding;
  readonly namedPerConnection: number;
  /** Set once the engine is open; undefined where a server is used. */
  embedded: EmbeddedEngine | undefined;
  /** The data source, to notice work that would wait for its own transaction. */
  owner: object | undefined;
  /** Decided at start from what the login may do: see the attestation. */
  setsAppRole = true;
  /** Turned off when the server turns out to sit behind an old pooler. */
  named: boolean;
  /** Refuses what would change an audited table unseen; undefined where the database itself looks. */
  writeGuard: WriteGuard | undefined;
  /** The first check of every new connection; set when the roles are in place. */
  attest: ((client: pg.ClientBase, serves: Serves) => Promise<void>) | undefined;

  constructor(options: ConnectionPlanOptions) {
    this.walls = options.walls;
    this.systemLogin = options.systemLogin;
    this.named = options.named;
    this.namedPerConnection = options.namedPerConnection;
    this.binding = new LocalBinding(() => this.setsAppRole, options.mayBeAnonymous);
  }
}
