import type { LoggerService } from '@nestjs/common';
import { MigrationExecutor } from 'typeorm';
import { AuditGuard } from './audit/audit-guard.js';
import type { TenantClient } from './connection/tenant-client.js';
import { runInScope } from './context/unit-store.js';
import { DeletePlan } from './soft-delete/delete-plan.js';
import { OwnerGuard } from './soft-delete/owners/owner-guard.js';
import { AuditLog } from './entities/audit/audit-log.entity.js';
import { AttestationError } from './errors/attestation.error.js';
import { getSqlState } from './errors/violations.js';
import { PROGRESS_TABLE } from './migrator/backfill/backfill-progress.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import { attestLogin } from './schema/attestation.js';
import { type LoginFacts, needsRole, readLoginFacts } from './schema/login-facts.js';
import { type AttestationRules, versionText } from './schema/login-findings.js';
import { ensureRoles } from './schema/roles.js';
import { SchemaGuard } from './schema/schema-guard.js';
import type { RunSql } from './schema/sql.js';

const NOT_ALLOWED = '42501';
const NO_SUCH_TABLE = '42P01';
const START_UP_LOCK = "hashtext('rowguard:' || current_database())";
const TENANTLESS = { kind: 'tenantless', reason: 'start-up' } as const;

/** Statements that add and cannot lose anything; everything else waits for a person. */
const ADDS_ONLY =
  /^\s*(?:CREATE\s+(?:TABLE|(?:UNIQUE\s+)?INDEX|TYPE|SCHEMA|SEQUENCE|EXTENSION|VIEW)\b|ALTER\s+TABLE\s+\S+\s+ADD\s|COMMENT\s+ON\b|INSERT\s+INTO\s+"?typeorm_metadata)/i;

/** Brings a database to where it isolates tenants, and refuses to start where it does not. */
export class DatabasePreparation {
  private readonly sql: RunSql;
  private readonly guard: SchemaGuard;
  private readonly audit: AuditGuard;
  private readonly owners: OwnerGuard;

  constructor(
    private readonly source: RowguardDataSource,
    private readonly log: LoggerService,
  ) {
    this.sql = ownerSql(source);
    this.guard = schemaGuardOf(source);
    this.audit = auditGuardOf(source);
    this.owners = ownerGuardOf(source);
  }

  /** Runs as the owner: in the scope that DataSource.initialize has opened. */
  async run(): Promise<void> {
    await this.alone(async () => {
      const appLogin = await this.appLogin();
      const withAudit = this.source.hasMetadata(AuditLog);
      if (await this.mayManageRoles()) await ensureRoles(this.sql, appLogin, withAudit);
      if (this.source.databaseOptions.migrate !== 'off') await this.guard.prepare();
      // Before as well: TypeORM would mend a lost default by rebuilding keys and references.
      await this.mend();
      await this.bringSchema();
      await this.mend();
    });
    await this.attest();
  }

  /** Replicas of an application start together: one prepares, the others find it done. */
  private async alone(work: () => Promise<void>): Promise<void> {
    // A pooler in transaction mode may send the unlock to another session than the lock, which
    // would then keep every later start waiting; there two that start at once rather collide.
    const keepsSession = this.source.databaseOptions.strategy === 'direct';
    if (this.source.plan.embedded || !keepsSession) return work();
    const holder = this.source.createQueryRunner();
    try {
      await holder.query(`select pg_advisory_lock(${START_UP_LOCK})`);
      await work();
    } finally {
      await holder.query(`select pg_advisory_unlock(${START_UP_LOCK})`).catch(() => undefined);
      await holder.release();
    }
  }

  private async mayManageRoles(): Promise<boolean> {
    const [me] = await this.sql<{ may: boolean }>(
      'select rolsuper or rolcreaterole as may from pg_roles where rolname = session_user',
    );
    return me?.may ?? false;
  }

  private async bringSchema(): Promise<void> {
    const { migrate, migrations } = this.source.databaseOptions;
    if (migrate === 'off') return;
    if (this.source.migrations.length > 0) await this.bringMigrations(migrate === 'check');
    const hasOwnMigrations = Object.keys(migrations).length > 0;
    if (!hasOwnMigrations) await this.bringEntities(migrate);
  }

  private async bringMigrations(onlyCheck: boolean): Promise<void> {
    const pending = await new MigrationExecutor(this.source).getPendingMigrations();
    if (pending.length === 0) return;
    if (onlyCheck) {
      throw new AttestationError({
        problem: `${pending.length} migrations are pending: ${pending.map((one) => one.name).join(', ')}`,
        mend: 'Run them (typeorm migration:run), or start with migrate: "safe"',
      });
    }
    await this.source.runMigrations({ transaction: 'each' });
    this.log.log(`ran ${pending.length} migrations`);
  }

  /** Without migrations the entities are the schema: what is missing is created. */
  private async bringEntities(migrate: 'safe' | 'all' | 'check'): Promise<void> {
    const { upQueries } = await this.source.driver.createSchemaBuilder().log();
    const statements = upQueries.map((one) => one.query);
    if (statements.length === 0) return;
    const unsafe = statements.filter((statement) => !ADDS_ONLY.test(statement));
    if (migrate === 'check' || (migrate === 'safe' && unsafe.length > 0)) {
      throw schemaDiffers(migrate, migrate === 'check' ? statements : unsafe);
    }
    await this.source.synchronize();
    this.log.log(`created what the entities ask for (${statements.length} statements)`);
  }

  private async mend(): Promise<void> {
    const { migrate } = this.source.databaseOptions;
    if (migrate === 'check' || migrate === 'off') return;
    await this.secure();
  }

  /** Row-level security, policies, defaults and grants of whatever tables there are. */
  async secure(): Promise<void> {
    const replacesWriters = this.source.databaseOptions.migrate === 'all';
    try {
      const count = await this.source.transaction(
        async () =>
          (await this.guard.mend()) +
          (await this.audit.mend(replacesWriters)) +
          (await this.owners.mend()),
      );
      if (count > 0) this.log.log(`secured the tables (${count} statements)`);
    } catch (error) {
      // Not the owner: the attestation that follows says what the owner has to run.
      if (getSqlState(error) !== NOT_ALLOWED) throw error;
    }
  }

  /** A policy that reads another table would keep that table from being dropped. */
  release(): Promise<void> {
    return this.guard.release();
  }

  /** After a migration was undone; a table whose policies cannot be made again stays closed. */
  async secureWhatIsLeft(): Promise<void> {
    try {
      await this.secure();
    } catch (error) {
      if (getSqlState(error) !== NO_SUCH_TABLE) throw error;
      this.log.warn('a policy reads a table that is gone: its own table stays closed to tenants');
    }
  }

  private async attest(): Promise<void> {
    const { plan } = this.source;
    const facts = await readAppFacts(this.source);
    plan.setsAppRole = needsRole(facts);
    const rules = attestationRules(this.source);
    attestLogin(facts, rules);
    await this.guard.attest();
    await this.audit.attest();
    await this.owners.attest();
    plan.attest = async (client, serves) => {
      if (serves === 'tenants')
        attestLogin(await readLoginFacts(bare(client as TenantClient)), rules);
    };
    this.announce(facts);
  }

  private async appLogin(): Promise<string | undefined> {
    if (this.source.databaseOptions.adminUrl === undefined) return undefined;
    return (await readAppFacts(this.source)).login;
  }

  private announce(facts: LoginFacts): void {
    const { plan, databaseOptions } = this.source;
    if (plan.embedded) {
      this.log.log(
        `no DATABASE_URL: running on the embedded engine (${plan.embedded.location}); one session, for development and tests`,
      );
    } else if (plan.setsAppRole && databaseOptions.adminUrl === undefined) {
      this.log.log(
        `PostgreSQL ${versionText(facts.version)}, one login: each statement takes the role of the tenants first. Give DATABASE_ADMIN_URL, and the application a plain login, for production`,
      );
    }
  }
}

export function ownerSql(source: RowguardDataSource): RunSql {
  return (sql, parameters) => source.query(sql, parameters);
}

export function schemaGuardOf(source: RowguardDataSource): SchemaGuard {
  const internal = [
    source.metadataTableName,
    source.options.migrationsTableName ?? 'migrations',
    'query-result-cache',
    PROGRESS_TABLE,
  ];
  return new SchemaGuard(
    ownerSql(source),
    source.entityMetadatas,
    source.schemaName,
    internal,
    source.walls.policies,
  );
}

export function auditGuardOf(source: RowguardDataSource): AuditGuard {
  const known = source.entityMetadatas.map((one) => ({
    schema: one.schema ?? source.schemaName,
    table: one.tableName,
  }));
  return new AuditGuard(ownerSql(source), source.auditPlans, source.schemaName, known);
}

export function ownerGuardOf(source: RowguardDataSource): OwnerGuard {
  return new OwnerGuard(
    ownerSql(source),
    source.deletes?.plan ?? new DeletePlan([]),
    source.entityMetadatas,
    source.schemaName,
    source.databaseOptions.softDelete.ownerTriggers,
  );
}

/** What the login of the application may do, asked on a connection of its own. */
export async function readAppFacts(source: RowguardDataSource): Promise<LoginFacts> {
  return runInScope(TENANTLESS, async () => {
    const runner = source.createQueryRunner();
    try {
      return await readLoginFacts(bare((await runner.connect()) as TenantClient));
    } finally {
      await runner.release();
    }
  });
}

export function attestationRules(source: RowguardDataSource): AttestationRules {
  return {
    twoLogins: source.databaseOptions.adminUrl !== undefined,
    embedded: source.plan.embedded !== undefined,
  };
}

function bare(client: TenantClient): RunSql {
  return async <Row>(sql: string, parameters?: unknown[]) =>
    (await client.bare<Row & Record<string, unknown>>(sql, parameters)).rows as Row[];
}

function schemaDiffers(migrate: string, statements: readonly string[]): AttestationError {
  return new AttestationError({
    problem: `The tables differ from the entities, and migrate: '${migrate}' does not run: ${statements.slice(0, 5).join('; ')}`,
    mend: "Write a migration for it; where the data does not matter, migrate: 'all' runs it as it is",
    given: { statements: statements.length },
  });
}
