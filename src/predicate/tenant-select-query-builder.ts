import {
  type Brackets,
  type DeleteQueryBuilder,
  type EntityMetadata,
  type FindManyOptions,
  type FindOptionsWhere,
  type InsertQueryBuilder,
  type ObjectLiteral,
  type RelationQueryBuilder,
  SelectQueryBuilder,
  type UpdateQueryBuilder,
} from 'typeorm';
import type { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { signedSelect } from '../context/own-selects.js';
import { checkCondition, readable } from './checked-condition.js';
import {
  type ConfinedSource,
  confineJoins,
  confineWhere,
  marked,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';
import { TenantDeleteQueryBuilder } from './tenant-delete-query-builder.js';
import { TenantInsertQueryBuilder } from './tenant-insert-query-builder.js';
import { TenantRelationQueryBuilder } from './tenant-relation-query-builder.js';
import { TenantSoftDeleteQueryBuilder } from './tenant-soft-delete-query-builder.js';
import { TenantUpdateQueryBuilder } from './tenant-update-query-builder.js';

/** Every query of a data source starts here; the builders that it turns into are confined as well. */
export class TenantSelectQueryBuilder<
  Entity extends ObjectLiteral,
> extends SelectQueryBuilder<Entity> {
  override setFindOptions(options: FindManyOptions<Entity>): this {
    return readable(this.expressionMap, () => super.setFindOptions(options));
  }

  override insert(): InsertQueryBuilder<Entity> {
    return new TenantInsertQueryBuilder(super.insert());
  }

  override update(...given: unknown[]): UpdateQueryBuilder<never> {
    return new TenantUpdateQueryBuilder(super.update(...(given as [never, never]))) as never;
  }

  override delete(): DeleteQueryBuilder<Entity> {
    return new TenantDeleteQueryBuilder(super.delete());
  }

  override softDelete(): SoftDeleteQueryBuilder<Entity> {
    return new TenantSoftDeleteQueryBuilder(super.softDelete());
  }

  override restore(): SoftDeleteQueryBuilder<Entity> {
    return new TenantSoftDeleteQueryBuilder(super.restore());
  }

  override relation(...given: unknown[]): RelationQueryBuilder<never> {
    return new TenantRelationQueryBuilder(super.relation(...(given as [never, never]))) as never;
  }

  override getParameters(): ObjectLiteral {
    return withTenantParameter(super.getParameters());
  }

  override getQueryAndParameters(): [string, unknown[]] {
    return marked(this, this.source, super.getQueryAndParameters());
  }

  protected override buildWhere(
    where: FindOptionsWhere<never>,
    metadata: EntityMetadata,
    alias: string,
    path?: string,
  ): string {
    checkCondition(metadata, where, path === undefined ? '' : `${path}.`);
    return super.buildWhere(where, metadata, alias, path);
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    return readable(this.expressionMap, () => super.getWhereCondition(where));
  }

  protected override createSelectExpression(): string {
    const expression = super.createSelectExpression();
    return this.source.walls.policies ? expression : signedSelect(expression);
  }

  protected override createWhereExpression(): string {
    return confineWhere(this, this.source, super.createWhereExpression());
  }

  protected override createJoinExpression(): string {
    return confineJoins(this, this.source, () => super.createJoinExpression());
  }

  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.getWhereInIdsCondition(metadata ? withTenantKeys(metadata, ids) : ids);
  }

  private get source(): ConfinedSource {
    return this.dataSource as unknown as ConfinedSource;
  }
}
