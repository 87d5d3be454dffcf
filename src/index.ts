export * from './shipped-schema.js';
export { DOMAIN_NAMES, type DomainName, type SchemaChoice } from './domain-catalog.js';

export {
  DatabaseClient,
  type DatabaseClientOptions,
  createDatabaseClient,
} from './database-client.js';
export { DatabaseModule, type DatabaseModuleAsyncOptions } from './database.module.js';
export {
  AuditOptions,
  type CacheOptions,
  type DatabaseModuleOptions,
  DatabaseOptions,
  PoolOptions,
  ServerlessOptions,
  ReplicationOptions,
  SoftDeleteModuleOptions,
  TenancyOptions,
  WallsOptions,
} from './database.options.js';
export type { RotateKeyOptions, RotatedKey } from './binding-key-ring.js';
export type { SslMode, SslOptions, SslValue } from './connection/transport/ssl-options.js';
export type {
  WebSocketClass,
  WebSocketEvent,
  WebSocketLike,
  WebSocketProxy,
} from './connection/transport/web-socket.js';
export { testDbConnection } from './test-db-connection.js';
export { RowguardDataSource, createDataSource } from './rowguard.data-source.js';
export type { DatabaseInspection } from './database-inspection.js';
export type { Finding } from './schema/finding.js';
export type { LoginFacts } from './schema/login-facts.js';

export {
  TenantContext,
  type TenantContextInput,
  type TransactionOptions,
} from './context/tenant-context.js';
export type { FailedAttempt, RetryOptions } from './context/transaction-retry.js';
export type { ActorType, TenantScope, Trace } from './context/tenant-scope.js';
export { systemWork } from './context/system-work.js';
export {
  Tenantless,
  type TenantAccess,
  type TenantlessOptions,
} from './context/tenantless.decorator.js';
export { TenantInterceptor } from './context/tenant.interceptor.js';
export { TenantScoped } from './context/tenant-scoped.decorator.js';
export type {
  ResolvedTenant,
  TenantAnswer,
  TenantRequest,
  TenantResolver,
} from './context/tenant-resolver.js';
export { fromHeader } from './context/resolvers/from-header.js';
export { type JwtClaimOptions, fromJwtClaim } from './context/resolvers/from-jwt-claim.js';
export { type SubdomainOptions, fromSubdomain } from './context/resolvers/from-subdomain.js';
export { fromUser } from './context/resolvers/from-user.js';

export { TenantOwned } from './entities/tenant-owned.js';
export { TenantRecord } from './entities/tenant.record.js';
export { TenantEntity } from './entities/tenant.entity.js';
export { SharedEntity } from './entities/shared.entity.js';
export {
  TenantManyToOne,
  type TenantManyToOneOptions,
} from './entities/tenant-many-to-one.decorator.js';
export { type AuditCapture, Audited, type AuditedOptions } from './entities/audited.decorator.js';
export { auditRaw } from './audit/orm/audit-raw.js';
export { AuditSubscriber } from './audit/orm/audit.subscriber.js';
export type { AuditAnchor } from './audit/seal/audit-anchor.js';
export {
  AuditErasure,
  type AuditErasureTarget,
  type ErasedEntity,
} from './audit/erase/audit-erasure.js';
export { type AuditProof, type ProofCheck, checkProof } from './audit/prove/audit-proof.js';
export {
  AuditRetention,
  type RetentionOptions,
  type RetiredMonth,
  type RetiringMonth,
} from './audit/retain/audit-retention.js';
export { AuditSealer, type AuditSealerOptions } from './audit/seal/audit-sealer.js';
export type { AuditSealRecord } from './audit/seal/audit-seal-record.js';
export {
  AuditSeals,
  type AuditVerifyOptions,
  type SealingReport,
} from './audit/seal/audit-seals.js';
export type { ProvenRow } from './audit/prove/log-proof.js';
export type { AuditPublicKeys, AuditSealKey } from './audit/seal/seal-key.js';
export type { SealedRow } from './audit/seal/sealed-row.js';
export type { HorizonHolder, SealingLag } from './audit/seal/sealing-lag.js';
export type {
  AuditFinding,
  AuditFindingKind,
  AuditVerificationReport,
} from './audit/seal/verify/audit-finding.js';
export {
  DeletedRows,
  type DeletedAct,
  type DeletedActs,
  type DeletedQuestion,
} from './soft-delete/deleted-rows.js';
export { type HoldQuestion, type NewHold, RetentionHolds } from './soft-delete/retention-holds.js';
export type {
  KeptRows,
  PurgedEntity,
  PurgeOptions,
  PurgeProgress,
  PurgeReport,
  PurgeSurvey,
} from './soft-delete/purge/purge-report.js';
export { SoftDeletePurge } from './soft-delete/purge/soft-delete-purge.js';
export { IndexActive } from './entities/index-active.decorator.js';
export { IndexReference } from './entities/index-reference.decorator.js';
export { Rule } from './entities/rule.decorator.js';
export {
  type DeletePolicy,
  type ReferencePolicy,
  SoftDelete,
  type SoftDeleteOptions,
} from './entities/soft-delete.decorator.js';
export { UniqueActive } from './entities/unique-active.decorator.js';
export { UniqueForever } from './entities/unique-forever.decorator.js';
export { RowguardNamingStrategy } from './entities/rowguard-naming.strategy.js';
export { uuidV7 } from './entities/uuid-v7.js';

export type {
  DeletedOptions,
  DeletedParts,
  DeletedWord,
} from './predicate/deleted/deleted-options.js';
export type { TenantQueryBuilder } from './predicate/deleted/tenant-query-builder.js';
export {
  type DeletionOptions,
  type RestoreOptions,
  type TenantFindOneOptions,
  type TenantFindOptions,
  TenantRepository,
} from './repositories/tenant.repository.js';
export {
  InjectTenantRepository,
  getTenantRepositoryToken,
} from './repositories/tenant-repository.providers.js';
export type { ActResult, Deletion } from './soft-delete/act-result.js';
export type { BulkOptions, UpsertManyOptions } from './repositories/bulk-insert.js';
export type { ReachOptions, ReviveOptions } from './predicate/deleted/reach-options.js';
export type { KeysetPage, KeysetPageOptions } from './repositories/keyset-pager.js';
export type { NumberedPage, NumberedPageOptions } from './repositories/numbered-page.js';

export type { Approval } from './migrator/approval/approvals.js';
export type { Judge } from './migrator/approval/judge.js';
export type { JudgedMigration } from './migrator/approval/needs-approval.js';
export type { HistoryFinding, HistoryFindingKind } from './migrator/history/history-findings.js';
export type { HistoryRow, MigrationStatus } from './migrator/history/history-row.js';
export type { RepairReport } from './migrator/history/mend-history.js';
export type { MigrationState } from './migrator/history/migration-state.js';
export type { LintFinding, Severity } from './migrator/lint/finding.js';
export { lintMigrations } from './migrator/lint/lint-migrations.js';
export type {
  CustomFinding,
  CustomRule,
  LintIgnore,
  LintOptions,
  RuleContext,
  TenantRules,
} from './migrator/lint/lint-options.js';
export type { ParsedStatement } from './migrator/lint/parsed-statement.js';
export type { MigratedSource, MigrationHost } from './migrator/migration-host.js';
export type {
  BaselineOptions,
  RepairOptions,
  RevertOptions,
  RunOptions,
} from './migrator/migrator-options.js';
export { Migrator, type MigratorOptions, type SchemaVersion } from './migrator/migrator.js';
export type { ReadMigration } from './migrator/recording/read-migrations.js';
export type {
  Direction,
  RecordedMigration,
  RecordedStatement,
} from './migrator/recording/recorded-migration.js';
export type { RunReport } from './migrator/running/run-pending.js';
export type { SessionLock } from './migrator/running/session-lock.js';
export type { RevertReport } from './migrator/running/undo-applied.js';

export { DatabaseErrorFilter } from './http/database-error.filter.js';
export type { DrainResult } from './connected.data-source.js';
export type { ReplicaState } from './connection/replicas/replica.js';
export type {
  ConstraintAnswer,
  DatabaseErrorFilterOptions,
} from './http/database-error-filter-options.js';
export { type HttpProblem, httpProblem } from './http/http-problem.js';
export type {
  DatabaseHealth,
  HealthReason,
  HealthStatus,
  MigrationHealth,
  PoolCounts,
  ReplicaHealth,
  TransactionHealth,
} from './health/database-health.js';
export {
  DatabaseHealthIndicator,
  type HealthSource,
  type IndicatedHealth,
  checkHealth,
} from './health/database-health.indicator.js';
export type { HealthMonitor, HealthQuestion } from './health/health-monitor.js';
export { type BackupCheck, HealthOptions } from './health/health-options.js';

export { AccessDeniedError } from './errors/access-denied.error.js';
export { AcquireTimeoutError } from './errors/acquire-timeout.error.js';
export { AttestationError } from './errors/attestation.error.js';
export { BackfillError } from './errors/backfill.error.js';
export { BindingRefusedError } from './errors/binding-refused.error.js';
export { AuditActorMissingError } from './errors/audit-actor-missing.error.js';
export { AuditBulkLimitError } from './errors/audit-bulk-limit.error.js';
export { AuditEpochError } from './errors/audit-epoch.error.js';
export { AuditGapError } from './errors/audit-gap.error.js';
export { AuditNotRetiredError } from './errors/audit-not-retired.error.js';
export { AuditRefusedError } from './errors/audit-refused.error.js';
export { CheckViolationError } from './errors/check-violation.error.js';
export { ConnectionLostError, type LostOutcome } from './errors/connection-lost.error.js';
export {
  ConstraintViolatedError,
  type ViolatedConstraint,
} from './errors/constraint-violated.error.js';
export { ContentDamagedError } from './errors/content-damaged.error.js';
export { CycleRefusedError } from './errors/cycle-refused.error.js';
export { DatabaseError, type DatabaseErrorDetails } from './errors/database.error.js';
export { DatabaseUnavailableError } from './errors/database-unavailable.error.js';
export { DeletedRowConflictError } from './errors/deleted-row-conflict.error.js';
export { DomainNotInstalledError } from './errors/domain-not-installed.error.js';
export { DrainingError } from './errors/draining.error.js';
export { EmbeddedEngineError } from './errors/embedded-engine.error.js';
export { EntityRefusedError } from './errors/entity-refused.error.js';
export { ExclusionViolationError } from './errors/exclusion-violation.error.js';
export { ExtensionMissingError } from './errors/extension-missing.error.js';
export { InvalidContextError } from './errors/invalid-context.error.js';
export { InvalidInputError } from './errors/invalid-input.error.js';
export { InvalidOptionsError } from './errors/invalid-options.error.js';
export { LimitReachedError } from './errors/limit-reached.error.js';
export { LockNotObtainedError } from './errors/lock-not-obtained.error.js';
export { LockTimeoutError } from './errors/lock-timeout.error.js';
export { MigrationBlockedError } from './errors/migration-blocked.error.js';
export { MigrationFailedError } from './errors/migration-failed.error.js';
export { MigrationHistoryError } from './errors/migration-history.error.js';
export { NotNullViolationError } from './errors/not-null-violation.error.js';
export { OutcomeUnknownError } from './errors/outcome-unknown.error.js';
export { OwnerDeletedError } from './errors/owner-deleted.error.js';
export { ParserMissingError } from './errors/parser-missing.error.js';
export { ReadOnlyError } from './errors/read-only.error.js';
export { ReferenceMissingError } from './errors/reference-missing.error.js';
export { RevertRefusedError } from './errors/revert-refused.error.js';
export { RestoreConflictError } from './errors/restore-conflict.error.js';
export { RowNotFoundError } from './errors/row-not-found.error.js';
export { RowReferencedError } from './errors/row-referenced.error.js';
export { ServerExhaustedError } from './errors/server-exhausted.error.js';
export { ShadowError } from './errors/shadow.error.js';
export { StatementRefusedError } from './errors/statement-refused.error.js';
export { StatementTimeoutError } from './errors/statement-timeout.error.js';
export { TenantContextMissingError } from './errors/tenant-context-missing.error.js';
export { TenantMismatchError } from './errors/tenant-mismatch.error.js';
export { TenantSwitchError } from './errors/tenant-switch.error.js';
export { TestDatabaseError } from './errors/test-database.error.js';
export { TestFailureError } from './errors/test-failure.error.js';
export { TransitionRefusedError } from './errors/transition-refused.error.js';
export { TransactionAbortedError } from './errors/transaction-aborted.error.js';
export { TransactionConflictError } from './errors/transaction-conflict.error.js';
export { TransactionUndoneError } from './errors/transaction-undone.error.js';
export { UniqueViolationError } from './errors/unique-violation.error.js';
export { UnitOfWorkClosedError } from './errors/unit-of-work-closed.error.js';
export { type FieldProblem, ValidationFailedError } from './errors/validation-failed.error.js';
export { VersionConflictError } from './errors/version-conflict.error.js';
export {
  getColumnName,
  getConstraintName,
  getErrorDetail,
  getSqlState,
  getTableName,
  isCheckViolation,
  isConnectionError,
  isDeadlock,
  isExclusionViolation,
  isForeignKeyViolation,
  isLockTimeout,
  isNotNullViolation,
  isSerializationFailure,
  isStatementTimeout,
  isUniqueViolation,
} from './errors/violations.js';
export {
  type BackfillOptions,
  type BackfillResult,
  backfill,
} from './migrator/backfill/backfill.js';
