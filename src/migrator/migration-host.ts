import type { DataSource } from 'typeorm';
import type { Judge } from './approval/judge.js';
import type { SessionLock } from './running/session-lock.js';

/** What migrations need of the database beside what TypeORM offers. */
export interface MigrationHost {
  /** Names of the migrations that came with the package: judged before it was released. */
  readonly shipped: ReadonlySet<string>;
  /** Says what is wrong with migrations. */
  readonly judge: Judge;
  /** One turn after the other; undefined where nobody else can come. */
  readonly lock: SessionLock | undefined;
  /** Roles and functions that migrations may lean on. */
  prepare(): Promise<void>;
  /** Takes away what would keep a table from being dropped. */
  release(): Promise<void>;
  /** Row-level security, policies, grants and captures of whatever tables there are. */
  secure(): Promise<void>;
  /** The same after tables have gone. */
  secureWhatIsLeft(): Promise<void>;
}

/** A data source whose migrations are safe. */
export type MigratedSource = DataSource & { readonly migrationHost: MigrationHost };
