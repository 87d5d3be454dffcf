import {
  Column,
  JoinColumn,
  ManyToOne,
  type ObjectType,
  type RelationOptions,
  getMetadataArgsStorage,
} from 'typeorm';
import { TENANT_COLUMN, TENANT_PROPERTY } from './base-columns.js';
import { snakeCase } from './rowguard-naming.strategy.js';

export interface TenantManyToOneOptions<Target> extends Omit<
  RelationOptions,
  'onDelete' | 'createForeignKeyConstraints'
> {
  /** The property on the other side, for `relations` in that direction. */
  readonly inverse?: (target: Target) => unknown;
  /** The column that holds the id. Default: the property in snake case, with `_id`. */
  readonly column?: string;
  /** SET NULL is not offered: it would null the tenant with the reference. */
  readonly onDelete?: 'RESTRICT' | 'CASCADE' | 'NO ACTION';
}

interface DeclaredReference {
  readonly entity: Function;
  readonly property: string;
  readonly column: string;
  readonly nullable: boolean;
}

const declared: DeclaredReference[] = [];

/**
 * A reference that cannot leave the tenant: two join columns, the shared `tenant_id` and the id.
 * The id is also there as a property of its own, `customerId` beside `customer`, declared or not.
 */
export function TenantManyToOne<Target extends object>(
  target: () => ObjectType<Target>,
  options: TenantManyToOneOptions<Target> = {},
): PropertyDecorator {
  const { inverse, column, ...relation } = options;
  return (prototype: object, key: string | symbol) => {
    const property = String(key);
    const name = column ?? `${snakeCase(property)}_id`;
    const nullable = options.nullable ?? true;
    const settings: RelationOptions = {
      onDelete: 'NO ACTION',
      // TypeORM deletes rows whose reference cannot be cleared; nothing is lost without being asked.
      orphanedRowAction: nullable ? 'nullify' : 'disable',
      ...relation,
    };
    if (inverse) ManyToOne(target, inverse, settings)(prototype, key);
    else ManyToOne(target, settings)(prototype, key);
    JoinColumn([
      { name: TENANT_COLUMN, referencedColumnName: TENANT_PROPERTY },
      { name, referencedColumnName: 'id' },
    ])(prototype, key);
    declared.push({
      entity: prototype.constructor,
      property: `${property}Id`,
      column: name,
      nullable,
    });
  };
}

/**
 * Declares the id column of each reference that the entity did not declare itself. Runs when the
 * metadata is built, since only then every decorator of the class has been seen.
 */
export function declareReferenceColumns(): void {
  const storage = getMetadataArgsStorage();
  for (const { entity, property, column, nullable } of declared.splice(0)) {
    const known = storage.columns.some(
      (candidate) =>
        candidate.target === entity &&
        (candidate.propertyName === property || candidate.options.name === column),
    );
    if (!known)
      Column({ name: column, type: 'uuid', nullable })(entity.prototype as object, property);
  }
}
