import type { DataSource, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';
import { DriverUtils } from 'typeorm/driver/DriverUtils.js';
import { TenantSelectQueryBuilder } from './tenant-select-query-builder.js';

/** What TypeORM hands to `DataSource.createQueryBuilder`: a runner alone, or what to read as what. */
export type ReadingFrom = [
  entityOrRunner: EntityTarget<ObjectLiteral> | QueryRunner | undefined,
  alias: string | undefined,
  runner: QueryRunner | undefined,
];

export function readingBuilder(
  source: DataSource,
  [entityOrRunner, alias, runner]: ReadingFrom,
): TenantSelectQueryBuilder<ObjectLiteral> {
  const active = source.manager.queryRunner;
  if (!alias)
    return new TenantSelectQueryBuilder(source, (entityOrRunner as QueryRunner) ?? active);
  const name = DriverUtils.buildAlias(source.driver, undefined, alias);
  const { target } = source.getMetadata(entityOrRunner as EntityTarget<ObjectLiteral>);
  const builder = new TenantSelectQueryBuilder<ObjectLiteral>(source, runner ?? active);
  return builder.select(name).from(target, name) as TenantSelectQueryBuilder<ObjectLiteral>;
}
