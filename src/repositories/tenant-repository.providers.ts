import { Inject, type Provider } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, ObjectLiteral } from 'typeorm';
import { TenantRepository } from './tenant.repository.js';

export type EntityType = abstract new () => ObjectLiteral;

const tokens = new Map<string, WeakMap<EntityType, symbol>>();
const DEFAULT_NAME = 'default';

/** The injection token of an entity's tenant repository; for tests that put another in its place. */
export function getTenantRepositoryToken(entity: EntityType, name = DEFAULT_NAME): symbol {
  const known = tokens.get(name) ?? new WeakMap<EntityType, symbol>();
  tokens.set(name, known);
  const token = known.get(entity) ?? Symbol(`TenantRepository<${entity.name}>(${name})`);
  known.set(entity, token);
  return token;
}

/** `name`: of the database, where an application has several. */
export function InjectTenantRepository(entity: EntityType, name?: string): ParameterDecorator {
  return Inject(getTenantRepositoryToken(entity, name)) as ParameterDecorator;
}

export function tenantRepositoryProviders(
  entities: readonly EntityType[],
  name = DEFAULT_NAME,
): Provider[] {
  return entities.map((entity) => ({
    provide: getTenantRepositoryToken(entity, name),
    inject: [getDataSourceToken(name)],
    useFactory: (source: DataSource) => new TenantRepository(entity, source),
  }));
}
