import type { Brackets, ObjectLiteral } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { withChanges, withLockedRows } from './change-capture.js';
import { noCondition, readable } from './checked-condition.js';
import {
  type ConfinedSource,
  confineWhere,
  marked,
  refuseToLeaveBrackets,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';

/** Soft-deletes and restores rows of the tenant in hand only. */
export class TenantSoftDeleteQueryBuilder<
  Entity extends ObjectLiteral,
> extends SoftDeleteQueryBuilder<Entity> {
  /** TypeORM appends the common table expressions, where PostgreSQL does not look for them. */
  override getQuery(): string {
    const common = this.createComment() + this.createCteExpression();
    const order = this.createOrderByExpression() + this.createLimitExpression();
    const statement = common + this.createUpdateExpression() + order;
    return this.replacePropertyNamesForTheWholeQuery(statement.trim());
  }

  override getParameters(): ObjectLiteral {
    return withTenantParameter(super.getParameters());
  }

  override getQueryAndParameters(): [string, unknown[]] {
    return marked(
      this,
      this.dataSource as unknown as ConfinedSource,
      super.getQueryAndParameters(),
    );
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    return readable(this.expressionMap, () => super.getWhereCondition(where));
  }

  /** TypeORM adds a condition of its own, which would belong to the last alternative only. */
  protected override createUpdateExpression(): string {
    const given = this.expressionMap.wheres;
    const condition: WhereClauseCondition = { operator: 'brackets', condition: given };
    if (given.length > 0) this.checkGiven();
    this.expressionMap.wheres = given.length > 0 ? [{ type: 'simple', condition }] : [];
    try {
      return super.createUpdateExpression();
    } finally {
      this.expressionMap.wheres = given;
    }
  }

  protected override createWhereExpression(): string {
    const source = this.dataSource as unknown as ConfinedSource;
    const where = confineWhere(this, source, super.createWhereExpression());
    return withLockedRows(this, source, where);
  }

  protected override createReturningExpression(type: ReturningType): string {
    const source = this.dataSource as unknown as ConfinedSource;
    return withChanges(this, source, 'update', super.createReturningExpression(type));
  }

  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.getWhereInIdsCondition(metadata ? withTenantKeys(metadata, ids) : ids);
  }

  /** With its own condition added, TypeORM would take none at all for one, and reach every row. */
  private checkGiven(): void {
    const { mainAlias, wheres } = this.expressionMap;
    const given = this.createWhereClausesExpression(wheres);
    refuseToLeaveBrackets(given);
    if (['', '1=1'].includes(given) && mainAlias?.hasMetadata)
      throw noCondition(mainAlias.metadata, {});
  }
}
