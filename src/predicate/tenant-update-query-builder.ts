import { type Brackets, type ObjectLiteral, type UpdateResult, UpdateQueryBuilder } from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { TENANT_PROPERTY } from '../entities/base-columns.js';
import { RowNotFoundError } from '../errors/row-not-found.error.js';
import { checkChanges } from '../validation/row-check.js';
import { withChanges, withLockedRows } from './change-capture.js';
import { readable } from './checked-condition.js';
import { livingOnly } from './deleted/reached-rows.js';
import {
  type ConfinedSource,
  confineWhere,
  marked,
  refuseForeignTenant,
  tenantFor,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';

/** Updates rows of the tenant in hand only, and never the tenant of a row. */
export class TenantUpdateQueryBuilder<
  Entity extends ObjectLiteral,
> extends UpdateQueryBuilder<Entity> {
  /**
   * TypeORM does not look whether the entity it updates was there. A row that is gone, or was never
   * the tenant's, would be reported as saved.
   */
  override async execute(): Promise<UpdateResult> {
    const result = await super.execute();
    const metadata = this.expressionMap.mainAlias?.metadata;
    const isOneEntity = this.expressionMap.whereEntities.length > 0;
    if (metadata && isOneEntity && result.affected === 0) throw notFound(metadata.name);
    return result;
  }

  override getQuery(): string {
    this.refuseToMoveRows();
    const metadata = this.expressionMap.mainAlias?.metadata;
    if (metadata) checkChanges(metadata, this.expressionMap.valuesSet);
    return readable(this.expressionMap, () => super.getQuery());
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

  protected override createWhereExpression(): string {
    const source = this.dataSource as unknown as ConfinedSource;
    const living = livingOnly(this);
    const where = confineWhere(this, source, super.createWhereExpression(), ...living);
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

  private refuseToMoveRows(): void {
    const metadata = this.expressionMap.mainAlias?.metadata;
    const tenantId = metadata && tenantFor(metadata);
    const values = this.expressionMap.valuesSet as ObjectLiteral | undefined;
    const moved = values?.[TENANT_PROPERTY] as unknown;
    // TypeORM clears a reference in all its columns; the one of the tenant is never updated.
    if (moved === null && Object.keys(values ?? {}).length > 1) return;
    if (metadata && tenantId !== undefined && moved !== undefined) {
      refuseForeignTenant(metadata, moved, tenantId);
    }
  }
}

export function notFound(entity: string): RowNotFoundError {
  return new RowNotFoundError({
    problem: `The tenant has no such ${entity}`,
    mend: 'Check the id; a new row with an id of your own is written with insert()',
    given: { entity },
  });
}
