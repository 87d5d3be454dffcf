import type pg from 'pg';
import type { Binding } from './binding.js';
import { LocalBinding } from './binding.js';
import { CitusBinding } from './citus-binding.js';
import { ScopeFacts } from './scope-facts.js';
import { BindingSigner } from './signed/binding-signer.js';
import { SignedBinding } from './signed/signed-binding.js';
import type { ConnectionWatch } from './connection-watch.js';
import type { EmbeddedEngine } from '../embedded/embedded-engine.js';
import { type CachedStatement, StatementCache } from '../sql/statement-cache.js';
import type { Walls } from '../context/walls.js';
import type { WriteNotes } from './replicas/write-notes.js';
import type { Transport } from './transport/transport.js';
import type { PinnedTransaction } from './pinned/pinned-transaction.js';

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
  /** Each binding is signed: for the process of the connection, or behind a pooler for any. */
  readonly signedFor?: 'process' | 'any' | undefined;
  readonly transport?: Transport;
  /** The tenant is told to all machines of a database that is spread over several. */
  readonly isSpread?: boolean;
}

/** What all pools and connections of one data source share. */
export class ConnectionPlan {
  readonly walls: Walls;
  readonly systemLogin: pg.PoolConfig | undefined;
  /** How connections get to their server. */
  readonly transport: Transport | undefined;
  readonly statements = new StatementCache(KNOWN_TEXTS);
  readonly binding: Binding;
  /** Undefined: bindings are not signed. */
  readonly signer: BindingSigner | undefined;
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
  /** Takes down where in the code each connection was asked for. */
  noticesTakers = false;
  /** With replicas: notes which units of work have written. */
  writeNotes: WriteNotes | undefined;
  /** As `performance.now()` says it: units of work that begin later get no connection. */
  drainingSince: number | undefined;
  /** Told of statements and connections; undefined where nobody listens. */
  watch: ConnectionWatch | undefined;
  /** In a test that will be rolled back: the one transaction that all work takes part in. */
  pinned: PinnedTransaction | undefined;
  /** The first check of every new connection; set when the roles are in place. */
  attest: ((client: pg.ClientBase, serves: Serves) => Promise<void>) | undefined;

  constructor(options: ConnectionPlanOptions) {
    this.walls = options.walls;
    this.systemLogin = options.systemLogin;
    this.transport = options.transport;
    this.named = options.named;
    this.namedPerConnection = options.namedPerConnection;
    const facts = new ScopeFacts(() => this.setsAppRole, options.mayBeAnonymous);
    this.signer = options.signedFor && new BindingSigner(options.signedFor === 'process');
    if (this.signer) this.binding = new SignedBinding(facts, this.signer);
    else this.binding = options.isSpread ? new CitusBinding(facts) : new LocalBinding(facts);
  }
}
