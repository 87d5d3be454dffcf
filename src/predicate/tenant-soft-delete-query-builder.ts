import type { Brackets, ObjectLiteral } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { withChanges, withLockedRows } from './change-capture.js';
import { readable } from './checked-condition.js';
import {
  type ConfinedSource,
  confineWhere,
  marked,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';

/** Soft-deletes and restores rows of the tenant in hand only. */
export class TenantSoftDeleteQueryBuilder<
  Entity extends ObjectLiteral,
> extends SoftDeleteQueryBuilder<Entity> {
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
}
