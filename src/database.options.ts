import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsBoolean,
  Matches,
  Max,
  Min,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { DataSourceOptions } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import { DOMAIN_NAMES, type DomainName, type SchemaChoice } from './domain-catalog.js';
import type { TenantResolver } from './context/tenant-resolver.js';
import { HealthOptions } from './health/health-options.js';
import { type MetricsChoice, MetricsValue } from './health/metrics/metrics-choice.js';
import { AUDIT_CAPTURES, type AuditCapture } from './entities/audited.decorator.js';
import type { LintOptions } from './migrator/lint/lint-options.js';
import { MOST_DAYS } from './entities/kept-days.js';
import { SSL_MODES, type SslValue, isSslMode } from './connection/transport/ssl-options.js';
import type { WebSocketClass, WebSocketProxy } from './connection/transport/web-socket.js';

const POSTGRES_URL = /^postgres(ql)?:\/\/\S+$/;
const MOST_CONNECTIONS = 1_000;
const LONGEST_WAIT_MS = 86_400_000;
const LOGGED_KINDS = ['query', 'schema', 'error', 'warn', 'info', 'log', 'migration'];

/** Options take functions, classes and unions that have no decorator of their own. */
@ValidatorConstraint()
class FunctionValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'function';
  }
  defaultMessage(): string {
    return 'has to be a function';
  }
}

@ValidatorConstraint()
class EmbeddedValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'boolean') return true;
    return typeof value === 'string' && value.trim() !== '' && !value.includes('://');
  }
  defaultMessage(): string {
    return "has to be a directory, 'memory', true or false; a server is named by url";
  }
}

@ValidatorConstraint()
class SchemaValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (value === 'none' || value === 'all') return true;
    return Array.isArray(value) && value.every((name) => DOMAIN_NAMES.includes(name as DomainName));
  }
  defaultMessage(): string {
    return `has to be 'all', 'none' or a list of ${DOMAIN_NAMES.join(', ')}`;
  }
}

@ValidatorConstraint()
class SslOption implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'boolean' || isSslMode(value)) return true;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const { mode, servername = '', rejectUnauthorized = true } = value as Record<string, unknown>;
    if (typeof servername !== 'string' || typeof rejectUnauthorized !== 'boolean') return false;
    return mode === undefined || isSslMode(mode);
  }
  defaultMessage(): string {
    return `has to be true, false or an object with ca, cert, key, servername, rejectUnauthorized or mode; or one of ${SSL_MODES.join(', ')}`;
  }
}

@ValidatorConstraint()
class ProxyValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'function') return true;
    if (typeof value !== 'string' || /\s/.test(value)) return false;
    const hasProtocol = value.includes('://');
    if (hasProtocol && !/^wss?:\/\//.test(value)) return false;
    return URL.canParse(hasProtocol ? value : `wss://${value}`);
  }
  defaultMessage(): string {
    return 'has to be the address of a WebSocket (wss://…), or a function of host and port';
  }
}

@ValidatorConstraint()
class CacheValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'boolean') return true;
    if (typeof value !== 'object' || value === null) return false;
    const { duration = 1, provider } = value as { duration?: unknown; provider?: unknown };
    const isTime = typeof duration === 'number' && Number.isInteger(duration) && duration > 0;
    return isTime && (provider === undefined || typeof provider === 'function');
  }
  defaultMessage(): string {
    return 'has to be true, false, or an object with a duration in milliseconds and a provider function';
  }
}

@ValidatorConstraint()
class LoggingValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'boolean' || value === 'all') return true;
    return Array.isArray(value) && value.every((kind) => LOGGED_KINDS.includes(kind as string));
  }
  defaultMessage(): string {
    return `has to be true, false, 'all' or a list of ${LOGGED_KINDS.join(', ')}`;
  }
}

@ValidatorConstraint()
class ClassesOrPatterns implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    const parts: unknown[] =
      typeof value === 'object' && value !== null ? Object.values(value) : [undefined];
    return parts.every(
      (part) => ['function', 'string', 'object'].includes(typeof part) && part !== null,
    );
  }
  defaultMessage(): string {
    return 'has to be a list of classes or file patterns';
  }
}

export class PoolOptions {
  @IsOptional() @IsInt() @Min(1) @Max(MOST_CONNECTIONS) max = 10;
  @IsOptional() @IsInt() @Min(0) @Max(MOST_CONNECTIONS) min = 0;
  @IsOptional() @IsInt() @Min(2) @Max(MOST_CONNECTIONS) systemMax = 4;
  @IsOptional() @IsInt() @Min(1) @Max(LONGEST_WAIT_MS) acquireTimeoutMs = 10_000;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) idleTimeoutMs = 10_000;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) maxLifetimeSeconds = 0;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) statementTimeoutMs = 0;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) lockTimeoutMs = 0;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) idleInTransactionTimeoutMs = 60_000;
  @IsOptional() @IsInt() @Min(0) @Max(10_000) preparedStatements = 256;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) leakMs = 0;
  @IsOptional() @IsInt() @Min(1) @Max(MOST_CONNECTIONS) maxPerTenant: number | undefined;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) drainMs = 10_000;
}

export class ReplicationOptions {
  @IsOptional() @IsInt() @Min(1) @Max(LONGEST_WAIT_MS) maxLagMs = 10_000;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) waitMs = 0;
  @IsOptional() @IsInt() @Min(10) @Max(60_000) checkMs = 500;
}

export class WallsOptions {
  @IsOptional() @IsBoolean() predicate = true;
  @IsOptional() @IsBoolean() policies = true;
}

export const SIGNED_MODES = [false, true, 'prepare'] as const;

export class TenancyOptions {
  @IsOptional() @Validate(FunctionValue) resolve: TenantResolver | undefined;
  @IsOptional() @ValidateNested() @Type(() => WallsOptions) walls: WallsOptions =
    new WallsOptions();
  @IsOptional() @IsIn(SIGNED_MODES) signed: (typeof SIGNED_MODES)[number] = false;
}

export const MISSING_ACTORS = ['refuse', 'anonymous'] as const;

export class AuditOptions {
  @IsOptional() @IsIn(AUDIT_CAPTURES) capture: AuditCapture = 'trigger';
  @IsOptional() @IsIn(MISSING_ACTORS) missingActor: (typeof MISSING_ACTORS)[number] = 'refuse';
  @IsOptional() @IsBoolean() shipped = false;
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) maxRows = 10_000;
}

export class SoftDeleteModuleOptions {
  @IsOptional() @IsInt() @Min(0) @Max(MOST_DAYS) keepDays: number | undefined;

  @IsOptional() @IsBoolean() ownerTriggers = true;
}

export interface CacheOptions {
  readonly duration?: number;
  /** Any TypeORM result cache; it is given keys that carry the tenant. */
  readonly provider?: () => QueryResultCache;
}

export const MIGRATE_MODES = ['safe', 'all', 'check', 'off'] as const;
export const SCALES = ['single', 'citus'] as const;
export const STRATEGIES = ['direct', 'pooler', 'serverless', 'embedded'] as const;

export class ServerlessOptions {
  @IsOptional() @Validate(ProxyValue) proxy: WebSocketProxy | undefined;
  @IsOptional() @Validate(FunctionValue) webSocket: WebSocketClass | undefined;
  @IsOptional() @IsBoolean() pooled: boolean | undefined;
}

/** The options as they stand after defaults and the environment. */
export class DatabaseOptions {
  @IsOptional()
  @Matches(/^[a-zA-Z]\w{0,40}$/, {
    message: 'has to be a letter and at most 40 more letters, digits or underscores',
  })
  name = 'default';
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'has to be a URL of the form postgresql://…' })
  url: string | undefined;
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'has to be a URL of the form postgresql://…' })
  adminUrl: string | undefined;
  @IsOptional() @Validate(SslOption) ssl: SslValue | undefined;
  @IsOptional() @Validate(EmbeddedValue) embedded: string | boolean = true;
  @IsOptional() @Validate(ClassesOrPatterns) entities: NonNullable<DataSourceOptions['entities']> =
    [];
  @IsOptional()
  @Validate(ClassesOrPatterns)
  subscribers: NonNullable<DataSourceOptions['subscribers']> = [];
  @IsOptional()
  @Validate(ClassesOrPatterns)
  migrations: NonNullable<DataSourceOptions['migrations']> = [];
  @IsOptional() @Validate(SchemaValue) schema: SchemaChoice = 'none';
  @IsOptional() @IsBoolean() allowDestructive = false;
  @IsOptional() @IsIn(MIGRATE_MODES) migrate: (typeof MIGRATE_MODES)[number] = 'safe';
  @IsOptional() @IsObject() lint: LintOptions = {};
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(POSTGRES_URL, {
    each: true,
    message: 'has to be a list of URLs of the form postgresql://…',
  })
  replicas: readonly string[] = [];
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ReplicationOptions)
  replication: ReplicationOptions = new ReplicationOptions();
  @IsOptional() @IsIn(STRATEGIES) strategy: (typeof STRATEGIES)[number] | undefined;
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ServerlessOptions)
  serverless: ServerlessOptions = new ServerlessOptions();
  @IsOptional() @IsIn(SCALES) scale: (typeof SCALES)[number] = 'single';
  @IsOptional() @Validate(CacheValue) cache: boolean | CacheOptions = false;
  @IsOptional() @Validate(MetricsValue) metrics: boolean | MetricsChoice = false;
  @IsOptional() @IsInt() @Min(0) @Max(LONGEST_WAIT_MS) slowStatementMs = 0;
  @IsOptional() @Validate(LoggingValue) logging: NonNullable<DataSourceOptions['logging']> = false;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => PoolOptions) pool: PoolOptions =
    new PoolOptions();
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TenancyOptions)
  tenancy: TenancyOptions = new TenancyOptions();
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AuditOptions)
  audit: AuditOptions = new AuditOptions();
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SoftDeleteModuleOptions)
  softDelete: SoftDeleteModuleOptions = new SoftDeleteModuleOptions();
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => HealthOptions)
  health: HealthOptions = new HealthOptions();
}

/** What a user writes: everything is optional. */
export type DatabaseModuleOptions = Partial<
  Omit<
    DatabaseOptions,
    'audit' | 'health' | 'pool' | 'replication' | 'serverless' | 'softDelete' | 'tenancy'
  >
> & {
  audit?: Partial<AuditOptions>;
  health?: Partial<HealthOptions>;
  pool?: Partial<PoolOptions>;
  replication?: Partial<ReplicationOptions>;
  serverless?: Partial<ServerlessOptions>;
  softDelete?: Partial<SoftDeleteModuleOptions>;
  tenancy?: Partial<Pick<TenancyOptions, 'resolve' | 'signed'>> & { walls?: Partial<WallsOptions> };
};
