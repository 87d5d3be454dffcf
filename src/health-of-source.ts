import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { TenantPool } from './connection/tenant-pool.js';
import { attestationRules } from './database-preparation.js';
import { schemaGuardOf } from './guards-of-source.js';
import type { MigrationHealth } from './health/database-health.js';
import type { HealthHost } from './health/health-host.js';
import { knownMigrations } from './migrator/history/known-migrations.js';
import { MigrationHistory } from './migrator/history/migration-history.js';
import { appliedNames } from './migrator/migrator-parts.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import { readLoginFacts } from './schema/login-facts.js';
import { loginFindings } from './schema/login-findings.js';
import type { RunSql } from './schema/sql.js';

export function healthHostOf(source: RowguardDataSource): HealthHost {
  return {
    get options() {
      return source.databaseOptions.health;
    },
    get isOpen() {
      return source.isInitialized;
    },
    get isDraining() {
      return source.isDraining;
    },
    get isEmbedded() {
      return source.plan.embedded !== undefined;
    },
    get primary() {
      return (source.driver as PostgresDriver as unknown as { master: TenantPool }).master;
    },
    get replicas() {
      return source.replicas?.pools ?? [];
    },
    migrations: (run) => migrationsOf(source, run),
    isolationProblems: (application, owner) => isolationProblemsOf(source, application, owner),
  };
}

/** What an application without migrations of any kind has no table of is nothing to ask for. */
async function migrationsOf(source: RowguardDataSource, run: RunSql): Promise<MigrationHealth> {
  if (source.migrations.length === 0) return { pending: 0, failed: 0 };
  const rows = await new MigrationHistory(source, run).read();
  const applied = appliedNames(rows);
  return {
    pending: knownMigrations(source).filter(({ name }) => !applied.has(name)).length,
    failed: rows.filter(({ status }) => status === 'failed').length,
  };
}

async function isolationProblemsOf(
  source: RowguardDataSource,
  application: RunSql,
  owner: RunSql,
): Promise<readonly string[]> {
  const login = loginFindings(await readLoginFacts(application), attestationRules(source));
  const schema = await schemaGuardOf(source, owner).isolation();
  return [...login, ...schema]
    .filter(({ severity }) => severity === 'error')
    .map(({ subject, problem }) => `${subject}: ${problem}`);
}
