import { type EntityMetadata, type ObjectLiteral, RelationQueryBuilder } from 'typeorm';
import { TENANT_PROPERTY } from '../entities/base-columns.js';
import { withTenantKeys } from './confine.js';

/** Binds and unbinds related rows; a bare id means a row of the tenant in hand, on both sides. */
export class TenantRelationQueryBuilder<
  Entity extends ObjectLiteral,
> extends RelationQueryBuilder<Entity> {
  /** What it makes to do its work has to be confined as well. */
  override createQueryBuilder(): this {
    return this.dataSource.createQueryBuilder(this.queryRunner) as unknown as this;
  }

  override of(entity: unknown): this {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.of(metadata ? withTenantKeys(metadata, entity) : entity);
  }

  override async set(value: unknown): Promise<void> {
    const relation = this.expressionMap.relationMetadata;
    const clears = value === null && relation?.isOwning && !relation.isManyToMany;
    // TypeORM asks for a map of all columns here; the tenant column stays what it is.
    return super.set(
      clears ? { [TENANT_PROPERTY]: undefined, id: null } : this.keysOfTarget(value),
    );
  }

  override async add(value: unknown): Promise<void> {
    // TypeORM counts the keys of the value, and takes a list of one for a key with a part missing.
    const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return super.add(this.keysOfTarget(single));
  }

  override async remove(value: unknown): Promise<void> {
    return super.remove(this.keysOfTarget(value));
  }

  private keysOfTarget(value: unknown): unknown {
    const target = this.targetMetadata;
    return value === null || value === undefined || !target ? value : withTenantKeys(target, value);
  }

  private get targetMetadata(): EntityMetadata | undefined {
    return this.expressionMap.relationMetadata?.inverseEntityMetadata;
  }
}
