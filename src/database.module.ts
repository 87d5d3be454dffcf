import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { TenantContext } from './context/tenant-context.js';
import { TENANT_RESOLVER, TenantInterceptor } from './context/tenant.interceptor.js';
import type { DatabaseModuleOptions, DatabaseOptions } from './database.options.js';
import { DatabaseDrain } from './database-drain.js';
import { DOMAIN_REPOSITORIES } from './domain-repositories.js';
import { ConnectionLostError } from './errors/connection-lost.error.js';
import { DatabaseUnavailableError } from './errors/database-unavailable.error.js';
import { DatabaseHealthIndicator } from './health/database-health.indicator.js';
import { readOptions } from './read-options.js';
import {
  type EntityType,
  tenantRepositoryProviders,
} from './repositories/tenant-repository.providers.js';
import { RowguardDataSource } from './rowguard.data-source.js';

const DEFAULT_NAME = 'default';

export interface DatabaseModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly name?: string;
  /** Entities that are known before the factory runs; their repositories can be injected anywhere. */
  readonly entities?: readonly EntityType[];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (
    ...dependencies: never[]
  ) => DatabaseModuleOptions | Promise<DatabaseModuleOptions>;
}

type OurOptions = DataSourceOptions & { readonly rowguard: DatabaseOptions };

/** The only place where the rooms are wired together. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseModuleOptions = {}): DynamicModule {
    const { name = DEFAULT_NAME } = options;
    const entities = classesOf(options.entities);
    return root(name, entities, { useFactory: () => readOptions(options) });
  }

  static forRootAsync(options: DatabaseModuleAsyncOptions): DynamicModule {
    const { name = DEFAULT_NAME, entities = [] } = options;
    return root(name, entities, {
      imports: options.imports ?? [],
      inject: options.inject ?? [],
      useFactory: async (...dependencies: unknown[]) => {
        const given = await options.useFactory(...(dependencies as never[]));
        return readOptions({ ...given, name });
      },
    });
  }

  /** Registers entities of a feature, and their repositories: plain ones and those of the tenant. */
  static forFeature(entities: readonly EntityType[], name = DEFAULT_NAME): DynamicModule {
    const feature = TypeOrmModule.forFeature(entities as never[], name);
    const providers = tenantRepositoryProviders(entities, name);
    return {
      module: DatabaseFeatureModule,
      imports: [feature],
      providers,
      exports: [feature, ...tokensOf(providers)],
    };
  }
}

@Module({})
export class DatabaseFeatureModule {}

@Module({})
export class DatabaseOptionsModule {}

interface OptionsFactory {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: (...dependencies: unknown[]) => DatabaseOptions | Promise<DatabaseOptions>;
}

function root(
  name: string,
  entities: readonly EntityType[],
  factory: OptionsFactory,
): DynamicModule {
  const token = Symbol(`ROWGUARD_OPTIONS(${name})`);
  const options: DynamicModule = {
    module: DatabaseOptionsModule,
    imports: factory.imports ?? [],
    providers: [{ provide: token, inject: factory.inject ?? [], useFactory: factory.useFactory }],
    exports: [token],
  };
  const feature = DatabaseModule.forFeature(entities, name);
  const providers = providersOf(name, token);
  return {
    module: DatabaseModule,
    global: true,
    imports: [options, typeOrm(name, token, options), feature],
    providers,
    exports: [feature, ...tokensOf(providers).filter((one) => one !== APP_INTERCEPTOR)],
  };
}

function typeOrm(name: string, token: symbol, options: DynamicModule): DynamicModule {
  return TypeOrmModule.forRootAsync({
    name,
    imports: [options],
    inject: [token],
    useFactory: (rowguard: DatabaseOptions) => ({
      type: 'postgres',
      autoLoadEntities: true,
      entities: rowguard.entities,
      toRetry: isWorthARetry,
      rowguard,
    }),
    dataSourceFactory: async (given) => {
      const { rowguard, entities } = given as OurOptions;
      return new RowguardDataSource(Object.assign({}, rowguard, { entities: entities ?? [] }));
    },
  });
}

function providersOf(name: string, token: symbol): Provider[] {
  const context: Provider = {
    provide: TenantContext,
    inject: [getDataSourceToken(name)],
    useFactory: (source: RowguardDataSource) => new TenantContext(source),
  };
  const health: Provider = {
    provide: DatabaseHealthIndicator,
    inject: [getDataSourceToken(name)],
    useFactory: (source: RowguardDataSource) => new DatabaseHealthIndicator(source),
  };
  const drain: Provider = {
    provide: Symbol(`ROWGUARD_DRAIN(${name})`),
    inject: [getDataSourceToken(name)],
    useFactory: (source: RowguardDataSource) => new DatabaseDrain(source),
  };
  if (name !== DEFAULT_NAME) return [drain];
  return [
    drain,
    ...DOMAIN_REPOSITORIES.map((repository) => ({
      provide: repository,
      inject: [getDataSourceToken(name)],
      useFactory: (source: RowguardDataSource) => new repository(source),
    })),
    context,
    health,
    {
      provide: TENANT_RESOLVER,
      inject: [token],
      useFactory: (options: DatabaseOptions) => options.tenancy.resolve,
    },
    TenantInterceptor,
    { provide: APP_INTERCEPTOR, useExisting: TenantInterceptor },
  ];
}

function tokensOf(providers: readonly Provider[]): (symbol | string | Function)[] {
  return providers.map((one) =>
    typeof one === 'function' ? one : (one.provide as symbol | string | Function),
  );
}

function classesOf(entities: DatabaseModuleOptions['entities']): EntityType[] {
  return Object.values(entities ?? {}).filter(
    (entity): entity is EntityType & (new () => object) => typeof entity === 'function',
  );
}

/** A server that is still starting is worth waiting for; a refusal of ours is not. */
function isWorthARetry(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  const met = error instanceof DatabaseUnavailableError ? error.cause : error;
  // None of several servers takes writes, yet.
  if (error instanceof DatabaseUnavailableError && 'servers' in error.given) return true;
  const code = (met as { code?: unknown } | null)?.code;
  return (
    typeof code === 'string' &&
    /^(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|57P03|53300)$/.test(code)
  );
}
