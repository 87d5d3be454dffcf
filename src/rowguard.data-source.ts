import { Logger } from '@nestjs/common';
import {
  type DataSource,
  type DataSourceOptions,
  type EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type Migration,
  type ObjectLiteral,
  type QueryRunner,
  type ReplicationMode,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { AuditPlan } from './audit/audit-plan.js';
import type { OrmAudit } from './audit/orm/orm-audit.js';
import { lacksAuditLog, ormAuditOf, plansOfAudit, withAuditLog } from './audited-entities.js';
import { type RotateKeyOptions, rotateBindingKey } from './binding-key-ring.js';
import { ConnectedDataSource } from './connected.data-source.js';
import type { ConnectionPlan } from './connection/connection-plan.js';
import { connectionPlanOf } from './connection-plan-of-options.js';
import { EmbeddedEngine } from './embedded/embedded-engine.js';
import { TenantQueryRunner } from './connection/tenant-query-runner.js';
import { runAsOwner } from './context/owner-work.js';
import type { TransactionHost, TransactionOptions } from './context/tenant-context.js';
import { currentScope, runInScope } from './context/unit-store.js';
import type { Walls } from './context/walls.js';
import { type DatabaseInspection, inspectDatabase } from './database-inspection.js';
import { DatabasePreparation } from './database-preparation.js';
import type { DatabaseModuleOptions, DatabaseOptions } from './database.options.js';
import { partsOf } from './domain-catalog.js';
import { partsOutOfReach } from './parts-out-of-reach.js';
import { checkEntityRules } from './entities/entity-rules.js';
import { unifyJoinTableTenants } from './entities/join-table.js';
import { separateReferenceTenants } from './entities/reference-tenants.js';
import { refuseTakenTables } from './entities/taken-tables.js';
import { declareReferenceColumns } from './entities/tenant-many-to-one.decorator.js';
import type { TenantQueryBuilder } from './predicate/deleted/tenant-query-builder.js';
import { TenantRelationLoader } from './predicate/deleted/tenant-relation-loader.js';
import { TenantEntityManager } from './predicate/tenant-entity-manager.js';
import { type ReadingFrom, readingBuilder } from './predicate/reading-builder.js';
import { joinTransaction } from './joined-transaction.js';
import { healthHostOf } from './health-of-source.js';
import { HealthMonitor } from './health/health-monitor.js';
import type { MigrationHost } from './migrator/migration-host.js';
import { buildAsOwner } from './owner-schema-builder.js';
import { migrationHostOf, runAsked, showAsked, undoAsked } from './owner-migrations.js';
import { readOptions } from './read-options.js';
import { typeOrmOptions } from './type-orm-options.js';
import { DeletePlan } from './soft-delete/delete-plan.js';
import { SoftDeletes } from './soft-delete/soft-deletes.js';
import { SourceObservation } from './source-observation.js';
import { StatementLogger } from './statement-logger.js';
import { planOf } from './validation/row-plan.js';

type MigrationOptions = Parameters<DataSource['runMigrations']>[0];

const DEFAULT_DIRECTORY = './.rowguard';

/**
 * A TypeORM data source on which every query is confined: whatever asks it for a manager, a
 * repository, a builder, a runner or a raw query gets one that acts for the tenant in hand.
 */
export class RowguardDataSource extends ConnectedDataSource implements TransactionHost {
  readonly databaseOptions: DatabaseOptions;
  readonly plan: ConnectionPlan;
  /** What parts of the schema were left out for, by the name of the extension. */
  readonly missingExtensions = new Set<string>();
  private readonly log = new Logger('Rowguard');
  /** How the changes of each audited table are remembered. */
  auditPlans: readonly AuditPlan[] = [];
  /** Writes the audit log of the tables that have no triggers; undefined if there are none. */
  changes: OrmAudit | undefined;
  /** What goes with a row that is deleted softly. */
  deletes: SoftDeletes | undefined;
  readonly migrationHost: MigrationHost;
  readonly health: HealthMonitor = new HealthMonitor(healthHostOf(this));
  private readonly observation = new SourceObservation(this);
  /** Opened as it stands: the command line has asked for one thing, and for nothing else. */
  private isForCommand = false;
  private readonly asked: { readonly entities: object; readonly migrations: object };

  constructor(options: DatabaseOptions) {
    const plan = connectionPlanOf(options);
    super(typeOrmOptions(options, plan));
    this.databaseOptions = options;
    this.plan = plan;
    plan.owner = this;
    this.replicate(options);
    buildAsOwner(this.driver);
    this.migrationHost = migrationHostOf(this, this.log);
    Object.assign(this, { relationLoader: new TenantRelationLoader(this) });
    const { entities = [], migrations = [] } = this.options;
    this.asked = { entities, migrations };
  }

  get walls(): Walls {
    return this.plan.walls;
  }

  /** Where tables are whose entity names no schema. */
  get schemaName(): string {
    return (this.driver as { schema?: string }).schema ?? 'public';
  }

  /** TypeORM's command line sets these three together, and then does its own work. */
  override setOptions(options: Partial<DataSourceOptions>): this {
    const { synchronize, migrationsRun, dropSchema } = options;
    this.isForCommand ||= [synchronize, migrationsRun, dropSchema].every((one) => one === false);
    const { logging } = options;
    // The logger that was made at the start would go on saying as little as it was told to.
    const logger = logging === undefined ? {} : { logger: new StatementLogger(logging) };
    return super.setOptions({ ...options, ...logger });
  }

  override initialize(): Promise<this> {
    return runInScope({ kind: 'owner', reason: 'start-up' }, async () => {
      await this.openEngine();
      for (const warning of this.plan.transport?.warnings ?? []) this.log.warn(warning);
      try {
        await this.observation.begin();
        if (this.isForCommand) this.plan.attest = undefined;
        await super.initialize();
        if (!this.isForCommand) await new DatabasePreparation(this, this.log).run();
        if (!this.isForCommand) await this.openReplicas();
      } catch (error) {
        await this.closeQuietly();
        throw error;
      }
      return this;
    });
  }

  /** Looks over a database that initialize might refuse, in a read-only transaction. */
  inspect(): Promise<DatabaseInspection> {
    return this.visit('inspection', () => inspectDatabase(this));
  }

  /** Opens the database as it stands, without any preparation, and closes what it opened. */
  visit<T>(reason: string, work: () => Promise<T>): Promise<T> {
    return runAsOwner(reason, async () => {
      if (this.isInitialized) return work();
      this.plan.attest = undefined;
      await this.openEngine();
      try {
        await super.initialize();
        return await work();
      } finally {
        await this.closeQuietly();
      }
    });
  }

  /** Schema work is the owner's; what it creates is secured before anybody can use it. */
  override runMigrations(options?: MigrationOptions): Promise<Migration[]> {
    return runAsked(this, options);
  }

  override undoLastMigration(options?: MigrationOptions): Promise<void> {
    return undoAsked(this, options);
  }

  override showMigrations(): Promise<boolean> {
    return showAsked(this);
  }

  override synchronize(dropBeforeSync?: boolean): Promise<void> {
    return runAsOwner('synchronizing', async () => {
      if (this.isForCommand) await this.migrationHost.prepare();
      await super.synchronize(dropBeforeSync);
      await new DatabasePreparation(this, this.log).secure();
    });
  }

  override dropDatabase(): Promise<void> {
    return runAsOwner('dropping all tables', () => super.dropDatabase());
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    await this.closeEngine();
  }

  /** A new key to sign with; the one before stays good for a while. */
  readonly rotateBindingKey = (given?: RotateKeyOptions) => rotateBindingKey(this, given);

  /** Joins the transaction of the work in hand, or opens one. */
  joinTransaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return joinTransaction(this, work, options, this.log);
  }

  override async query<T>(sql: string, parameters?: unknown[], runner?: QueryRunner): Promise<T> {
    return super.query<T>(sql, parameters as never, runner ?? this.manager.queryRunner);
  }

  override createQueryBuilder<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    alias: string,
    runner?: QueryRunner,
  ): TenantQueryBuilder<Entity>;
  override createQueryBuilder(runner?: QueryRunner): TenantQueryBuilder<ObjectLiteral>;
  override createQueryBuilder(...given: unknown[]): TenantQueryBuilder<never> {
    return readingBuilder(this, given as ReadingFrom) as never;
  }

  override createQueryRunner(mode: ReplicationMode = 'master'): QueryRunner {
    const kind = currentScope()?.kind;
    const side = kind === 'system' || kind === 'owner' ? 'master' : mode;
    const driver = this.driver as PostgresDriver;
    const runner = this.changes?.createRunner(driver, side) ?? new TenantQueryRunner(driver, side);
    Object.assign(runner, { manager: this.createEntityManager(runner) });
    return runner;
  }

  override createEntityManager(runner?: QueryRunner): EntityManager {
    return new TenantEntityManager(this, runner);
  }

  /** The entities as they would be with a database at hand; connects to none. */
  async describe(): Promise<readonly EntityMetadata[]> {
    if (!this.isInitialized) await this.buildEntities();
    return this.entityMetadatas;
  }

  protected override async buildMetadatas(): Promise<void> {
    await this.leaveOutWhatTheServerLacks();
    await this.buildEntities();
  }

  private async buildEntities(): Promise<void> {
    declareReferenceColumns();
    await super.buildMetadatas();
    if (lacksAuditLog(this)) {
      this.setOptions(withAuditLog(this.options));
      await super.buildMetadatas();
    }
    unifyJoinTableTenants(this.entityMetadatas);
    separateReferenceTenants(this.entityMetadatas);
    checkEntityRules(this.entityMetadatas);
    const parts = partsOf(this.databaseOptions.schema);
    refuseTakenTables(
      this.entityMetadatas,
      parts.flatMap((part) => part.entities),
    );
    this.deletes = new SoftDeletes(new DeletePlan(this.entityMetadatas));
    this.auditPlans = plansOfAudit(this);
    this.changes = ormAuditOf(this);
    // Rules that cannot be asked before a write are a mistake to hear of at the start.
    for (const metadata of this.entityMetadatas) planOf(metadata);
  }

  /** A part of the schema that needs an extension stays out where the server cannot have it. */
  private async leaveOutWhatTheServerLacks(): Promise<void> {
    const left = await partsOutOfReach(this, partsOf(this.databaseOptions.schema), this.log);
    this.missingExtensions.clear();
    for (const { extension } of left) if (extension) this.missingExtensions.add(extension.name);
    const leftOut = left.flatMap((part) => [...part.entities, ...part.migrations]);
    this.setOptions({
      entities: without(this.asked.entities, leftOut),
      migrations: without(this.asked.migrations, leftOut),
    });
  }

  private async openEngine(): Promise<void> {
    const { url, embedded } = this.databaseOptions;
    if (url !== undefined || this.plan.embedded) return;
    this.plan.embedded = await EmbeddedEngine.open(
      typeof embedded === 'string' ? embedded : DEFAULT_DIRECTORY,
    );
  }

  private async closeEngine(): Promise<void> {
    this.observation.end();
    await this.health.close();
    const engine = this.plan.embedded;
    this.plan.embedded = undefined;
    await engine?.close();
  }

  private async closeQuietly(): Promise<void> {
    if (this.isInitialized) await super.destroy().catch(() => undefined);
    await this.closeEngine().catch(() => undefined);
  }
}

function without(all: object, left: readonly Function[]): Function[] {
  return Object.values(all).filter((one: Function) => !left.includes(one));
}

/** The same data source without a Nest application: for scripts, workers and the TypeORM CLI. */
export function createDataSource(options: DatabaseModuleOptions = {}): RowguardDataSource {
  return new RowguardDataSource(readOptions(options));
}
