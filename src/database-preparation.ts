import type { LoggerService } from '@nestjs/common';
import type { AuditGuard } from './audit/audit-guard.js';
import type { TenantClient } from './connection/tenant-client.js';
import { loadBindingKeys } from './binding-key-ring.js';
import { runInScope } from './context/unit-store.js';
import type { OwnerGuard } from './soft-delete/owners/owner-guard.js';
import { AuditLog } from './entities/audit/audit-log.entity.js';
import { auditGuardOf, ownerGuardOf, ownerSql, schemaGuardOf } from './guards-of-source.js';
import { AttestationError } from './errors/attestation.error.js';
import { getSqlState } from './errors/violations.js';
import { lockWaitOf } from './migrator/migrator-options.js';
import { Migrator } from './migrator/migrator.js';
import { isBehindPooler } from './migrator/running/transaction-pooler.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import { attestLogin } from './schema/attestation.js';
import { type LoginFacts, needsRole, readLoginFacts } from './schema/login-facts.js';
import { type AttestationRules, versionText } from './schema/login-findings.js';
import { ensureRoles } from './schema/roles.js';
import type { SchemaGuard } from './schema/schema-guard.js';
import type { RunSql } from './schema/sql.js';

const NOT_ALLOWED = '42501';
const NO_SUCH_TABLE = '42P01';
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
  /** Migrations that nobody has approved. */
  private waiting: readonly string[] = [];

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
    await this.ensureRoles();
    if (await this.isSettled()) await this.mend();
    else await this.alone(() => this.bring());
    await this.attest().catch((error: unknown) => {
      throw this.waiting.length > 0 ? whileWaiting(this.waiting, error) : error;
    });
  }

  private async bring(): Promise<void> {
    await this.guard.prepare();
    // Before as well: TypeORM would mend a lost default by rebuilding keys and references.
    await this.mend();
    await this.bringSchema();
    await this.mend();
  }

  /** There is nothing to bring or to mend; then nobody has to wait for anybody. */
  private async isSettled(): Promise<boolean> {
    const { migrate, migrations } = this.source.databaseOptions;
    if (migrate === 'off') return true;
    if (this.source.migrations.length > 0 && !(await new Migrator(this.source).isCurrent()))
      return false;
    if (Object.keys(migrations).length === 0 && (await this.missing()).length > 0) return false;
    const findings = [...(await this.guard.isolation()), ...(await this.owners.findings())];
    if (findings.some(({ mend }) => mend.length > 0)) return false;
    return (await this.audit.mends(migrate === 'all')).length === 0;
  }

  /** Roles, and the function that tables lean on: before anything is created. */
  async makeReady(): Promise<void> {
    await this.ensureRoles();
    if (this.source.databaseOptions.migrate !== 'off') await this.guard.prepare();
  }

  private async ensureRoles(): Promise<void> {
    const appLogin = await this.appLogin();
    const withAudit = this.source.hasMetadata(AuditLog);
    if (await this.mayManageRoles()) await ensureRoles(this.sql, appLogin, withAudit);
  }

  /** Replicas of an application start together: one prepares, the others find it done. */
  private async alone(work: () => Promise<void>): Promise<void> {
    const { lock } = this.source.migrationHost;
    if (!lock || this.source.databaseOptions.migrate === 'check') return work();
    const whenAlone = async () => {
      await work();
      return true;
    };
    const settled = async () => (await this.isSettled()) || undefined;
    try {
      await lock.hold(lockWaitOf({}, process.env), whenAlone, settled);
    } catch (error) {
      // There two that start at once rather collide; pending migrations refuse to run.
      if (!isBehindPooler(error)) throw error;
      await work();
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
    const migrator = new Migrator(this.source);
    if (onlyCheck) {
      const pending = await migrator.pending();
      if (pending.length > 0) throw stillPending(pending);
      return;
    }
    const { migrate, allowDestructive } = this.source.databaseOptions;
    const { ran, waiting } = await migrator.run({
      unapproved: 'wait',
      allowDestructive: migrate === 'all' && allowDestructive,
    });
    if (ran.length > 0) this.log.log(`ran ${ran.length} migrations`);
    this.waiting = waiting;
  }

  /** Without migrations the entities are the schema: what is missing is created. */
  private async bringEntities(migrate: 'safe' | 'all' | 'check'): Promise<void> {
    const statements = await this.missing();
    if (statements.length === 0) return;
    const unsafe = statements.filter((statement) => !ADDS_ONLY.test(statement));
    if (migrate === 'check' || (migrate === 'safe' && unsafe.length > 0)) {
      throw schemaDiffers(migrate, migrate === 'check' ? statements : unsafe);
    }
    await this.source.synchronize();
    this.log.log(`created what the entities ask for (${statements.length} statements)`);
  }

  private async missing(): Promise<readonly string[]> {
    const { upQueries } = await this.source.driver.createSchemaBuilder().log();
    return upQueries.map((one) => one.query);
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
    await loadBindingKeys(this.source);
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
    if (plan.signer && plan.setsAppRole) {
      this.log.warn(
        'bindings are signed, but the login can become more than a tenant, and so can SQL that is smuggled in: give DATABASE_ADMIN_URL, and the application a plain login',
      );
    }
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

function stillPending(pending: readonly string[]): AttestationError {
  return new AttestationError({
    problem: `${pending.length} migrations are pending: ${pending.join(', ')}`,
    mend: 'Run them (rowguard migration:run), or start with migrate: "safe"',
  });
}

/** What the entities ask for is missing, most likely because what would make it waits. */
function whileWaiting(waiting: readonly string[], cause: unknown): AttestationError {
  const problem = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
  return new AttestationError({
    problem: `${problem}; and migrations wait for an approval: ${waiting.join(', ')}`,
    mend: 'Read them with rowguard migration:show --pending, and approve them; what runs then may be all that is missing',
    cause,
    given: { waiting },
  });
}

function schemaDiffers(migrate: string, statements: readonly string[]): AttestationError {
  return new AttestationError({
    problem: `The tables differ from the entities, and migrate: '${migrate}' does not run: ${statements.slice(0, 5).join('; ')}`,
    mend: "Write a migration for it; where the data does not matter, migrate: 'all' runs it as it is",
    given: { statements: statements.length },
  });
}
