import type { TenantPool } from '../connection/tenant-pool.js';
import type { RunSql } from '../schema/sql.js';
import type { MigrationHealth } from './database-health.js';
import type { HealthOptions } from './health-options.js';

/** What the health of a data source is read from. */
export interface HealthHost {
  readonly options: HealthOptions;
  readonly isOpen: boolean;
  /** Nothing new may come: the process is about to end. */
  readonly isDraining: boolean;
  readonly isEmbedded: boolean;
  readonly primary: TenantPool;
  readonly replicas: readonly TenantPool[];
  migrations(run: RunSql): Promise<MigrationHealth>;
  /** What is wrong with the login of the application, and with the policies; in words for the log. */
  isolationProblems(application: RunSql, owner: RunSql): Promise<readonly string[]>;
}
