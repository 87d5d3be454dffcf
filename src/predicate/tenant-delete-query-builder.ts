import { type Brackets, DeleteQueryBuilder, type ObjectLiteral } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { withChanges } from './change-capture.js';
import { readable } from './checked-condition.js';
import {
  type ConfinedSource,
  confineWhere,
  marked,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';

/** Deletes rows of the tenant in hand only. */
export class TenantDeleteQueryBuilder<
  Entity extends ObjectLiteral,
> extends DeleteQueryBuilder<Entity> {
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
    return confineWhere(this, source, super.createWhereExpression());
  }

  protected override createReturningExpression(type: ReturningType): string {
    const source = this.dataSource as unknown as ConfinedSource;
    return withChanges(this, source, 'delete', super.createReturningExpression(type));
  }

  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.getWhereInIdsCondition(metadata ? withTenantKeys(metadata, ids) : ids);
  }
}
