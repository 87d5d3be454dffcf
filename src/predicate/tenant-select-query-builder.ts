import {
  type Brackets,
  type DeleteQueryBuilder,
  type EntityMetadata,
  type FindManyOptions,
  type FindOptionsWhere,
  type InsertQueryBuilder,
  type ObjectLiteral,
  type QueryRunner,
  type RelationQueryBuilder,
  SelectQueryBuilder,
  type UpdateQueryBuilder,
} from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
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
import { type DeletedOptions, type DeletedWord, readDeleted } from './deleted/deleted-options.js';
import { hideJoined, hideRows, hidesTargets, isReference } from './deleted/hidden-rows.js';
import { hideIds } from './deleted/hidden-ids.js';
import { keepReference, keepReferences } from './deleted/kept-references.js';
import { pairingSource } from './deleted/pairing-source.js';
import { ToldDeleted } from './deleted/told-deleted.js';
import { TenantDeleteQueryBuilder } from './tenant-delete-query-builder.js';
import { TenantInsertQueryBuilder } from './tenant-insert-query-builder.js';
import { TenantRelationQueryBuilder } from './tenant-relation-query-builder.js';
import { TenantSoftDeleteQueryBuilder } from './tenant-soft-delete-query-builder.js';
import { TenantUpdateQueryBuilder } from './tenant-update-query-builder.js';

/** Every query of a data source starts here; the builders that it turns into are confined as well. */
export class TenantSelectQueryBuilder<
  Entity extends ObjectLiteral,
> extends SelectQueryBuilder<Entity> {
  private told = new ToldDeleted();
  private outer: TenantSelectQueryBuilder<ObjectLiteral> | undefined;

  /** Decides about deleted rows after the joins are written, so that none is an inner join for it. */
  override setFindOptions(options: FindManyOptions<Entity> & DeletedOptions<Entity>): this {
    const map = this.expressionMap;
    const { deleted, includeDeleted, withDeleted, ...rest } = options;
    const wasWith = map.withDeleted;
    map.withDeleted = false;
    readable(map, () => super.setFindOptions(rest));
    map.withDeleted = wasWith || withDeleted === true;
    if (deleted !== undefined || includeDeleted !== undefined) {
      const metadata = map.mainAlias?.metadata;
      if (metadata) this.told.read(readDeleted(metadata, options as never));
      map.withDeleted ||= this.told.everywhere;
    }
    return this;
  }

  /** Shows deleted rows: all of the query, or those of one alias. Counts wherever it is said. */
  override withDeleted(alias?: string): this {
    if (alias === undefined) return super.withDeleted();
    this.told.tellAlias(alias, 'with');
    return this;
  }

  /** Hides the deleted rows of one alias, also of one that is named by a row. */
  withoutDeleted(alias: string): this {
    this.told.tellAlias(alias, 'without');
    return this;
  }

  /** What to read of the rows that are asked for, whatever is read with them. */
  rows(word: DeletedWord): this {
    this.told.rows = word;
    return this;
  }

  override clone(): this {
    const copy = super.clone();
    copy.told = this.told.copy();
    return copy;
  }

  override createQueryBuilder(runner?: QueryRunner): this {
    const inner = super.createQueryBuilder(runner);
    inner.outer = this as never;
    return inner;
  }

  /** Loads what a relation of rows in hand leads to, as the query that read these rows was told. */
  loads(relation: RelationMetadata): this {
    const { outer } = this;
    if (outer) {
      this.told = outer.told.below(relation.propertyPath);
      this.expressionMap.withDeleted = outer.expressionMap.withDeleted;
    }
    this.told.rows ??= isReference(relation) ? 'with' : undefined;
    this.told.showsHolders = true;
    return this;
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
    const where = hideRows(this.expressionMap, this.told, () => super.createWhereExpression());
    return confineWhere(this, this.source, where);
  }

  protected override createJoinExpression(): string {
    const build = () => super.createJoinExpression();
    return confineJoins(this, this.source, () => hideJoined(this.expressionMap, this.told, build));
  }

  /** Leaves the condition on deleted rows to the time when the statement is built. */
  protected override join(...given: unknown[]): void {
    const { withDeleted } = this.expressionMap;
    this.expressionMap.withDeleted = true;
    try {
      super.join(...(given as Parameters<SelectQueryBuilder<Entity>['join']>));
    } finally {
      this.expressionMap.withDeleted = withDeleted;
    }
  }

  protected override async executeEntitiesAndRawResults(
    runner: QueryRunner,
  ): Promise<{ entities: Entity[]; raw: unknown[] }> {
    const { expressionMap: map, told } = this;
    hideIds(map, told);
    if (map.relationLoadStrategy === 'query')
      Object.assign(this, { dataSource: pairingSource(this.dataSource) });
    const result = await super.executeEntitiesAndRawResults(runner);
    keepReferences(
      map,
      result.entities,
      (join) => Boolean(join.condition) || hidesTargets(map, told, join),
    );
    for (const relation of this.relationMetadatas.filter(isReference)) {
      const word = told.paths.get(relation.propertyPath) ?? 'with';
      if (word !== 'with') keepReference(relation, result.entities);
    }
    return result;
  }

  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.getWhereInIdsCondition(metadata ? withTenantKeys(metadata, ids) : ids);
  }

  private get source(): ConfinedSource {
    return this.dataSource as unknown as ConfinedSource;
  }
}
