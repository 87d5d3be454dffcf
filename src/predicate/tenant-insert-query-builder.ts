import {
  type EntityMetadata,
  InsertQueryBuilder,
  type InsertResult,
  type ObjectLiteral,
  type SelectQueryBuilder,
} from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { currentScope } from '../context/unit-store.js';
import { TENANT_COLUMN } from '../entities/base-columns.js';
import { classOf, tenantColumnOf } from '../entities/entity-classification.js';
import { uuidV7 } from '../entities/uuid-v7.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { leaveToBuilder } from '../validation/checked-by-builder.js';
import { checkedObject } from '../validation/checked-object.js';
import { checkNewRows } from '../validation/row-check.js';
import { withChanges } from './change-capture.js';
import { readable } from './checked-condition.js';
import { aboutDeleted } from './deleted/deleted-in-upsert.js';
import { type ConfinedSource, marked, tenantFor, withTenantParameter } from './confine.js';
import { fillReferences, fillTenant } from './tenant-filling.js';

type Select = SelectQueryBuilder<ObjectLiteral>;
type SelectSource = Select | ((builder: Select) => Select);

/** Fills tenant and id of new rows, and keeps an upsert inside the tenant. */
export class TenantInsertQueryBuilder<
  Entity extends ObjectLiteral,
> extends InsertQueryBuilder<Entity> {
  /** The select, too, has to be one that is confined. */
  override valuesFromSelect(select: SelectSource): this {
    const given =
      typeof select === 'function' ? select(this.dataSource.createQueryBuilder().select()) : select;
    return super.valuesFromSelect(given);
  }

  override async execute(): Promise<InsertResult> {
    if (this.expressionMap.callListeners) leaveToBuilder(this.givenRows());
    return super.execute();
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

  override getQuery(): string {
    const metadata = this.metadata;
    if (metadata && classOf(metadata) === 'tenant') this.confine(metadata);
    if (metadata) this.meetPartialKey(metadata);
    // Here and not in execute: listeners may have filled the rows since, and an insert that is part
    // of another statement is only built.
    if (!metadata) return super.getQuery();
    const rows = this.getValueSets();
    checkNewRows(metadata, rows, { only: this.expressionMap.insertColumns });
    const upsert = this.expressionMap.onUpdate as typeof this.expressionMap.onUpdate | undefined;
    if (!upsert) return super.getQuery();
    try {
      this.expressionMap.onUpdate = aboutDeleted(this, metadata, rows, this.tableInConflict);
      return super.getQuery();
    } finally {
      this.expressionMap.onUpdate = upsert;
    }
  }

  protected override createReturningExpression(type: ReturningType): string {
    const source = this.dataSource as unknown as ConfinedSource;
    const kind = this.expressionMap.onUpdate ? 'upsert' : 'insert';
    return withChanges(this, source, kind, super.createReturningExpression(type));
  }

  protected override getValueSets(): ObjectLiteral[] {
    const sets = this.givenRows();
    const metadata = this.metadata;
    if (metadata) for (const set of sets) fill(metadata, set);
    return sets;
  }

  private get tableInConflict(): string {
    const path = this.getMainTableName();
    return this.alias === path ? this.getTableName(path) : this.escape(this.alias);
  }

  private givenRows(): ObjectLiteral[] {
    const rows = readable(this.expressionMap, () => super.getValueSets());
    const name = `A new ${this.metadata?.name ?? 'row'}`;
    for (const row of rows) checkedObject(name, row);
    return rows;
  }

  private get metadata(): EntityMetadata | undefined {
    const alias = this.expressionMap.mainAlias;
    return alias?.hasMetadata ? alias.metadata : undefined;
  }

  /** PostgreSQL finds a partial unique index only if the upsert repeats its condition. */
  private meetPartialKey(metadata: EntityMetadata): void {
    const { onUpdate } = this.expressionMap;
    if (!Array.isArray(onUpdate?.conflict) || onUpdate.indexPredicate !== undefined) return;
    const condition = conditionOfKey(metadata, onUpdate.conflict);
    if (condition !== undefined) onUpdate.indexPredicate = condition;
  }

  private confine(metadata: EntityMetadata): void {
    tenantFor(metadata);
    const { policies } = (this.dataSource as unknown as ConfinedSource).walls;
    const { insertFromSelect, onUpdate } = this.expressionMap;
    if (!policies && insertFromSelect) throw unreadable();
    const target = onUpdate?.conflict;
    if (!onUpdate || !Array.isArray(target)) return;
    if (!target.includes(TENANT_COLUMN)) target.unshift(TENANT_COLUMN);
    onUpdate.columns = onUpdate.columns?.filter((column) => column !== TENANT_COLUMN) ?? [];
    onUpdate.overwrite = onUpdate.overwrite?.filter((column) => column !== TENANT_COLUMN) ?? [];
  }
}

/** The condition of the one partial unique index over these columns, if no other index is meant. */
function conditionOfKey(metadata: EntityMetadata, target: readonly string[]): string | undefined {
  const keys = metadata.indices.filter(
    ({ isUnique, columns }) =>
      isUnique &&
      columns.length === target.length &&
      columns.every((column) => target.includes(column.databaseName)),
  );
  return keys.length === 1 ? keys[0]?.where : undefined;
}

function fill(metadata: EntityMetadata, set: ObjectLiteral): void {
  const tenantId = tenantFor(metadata);
  if (tenantId !== undefined) {
    fillTenant(metadata, set, tenantId);
    fillReferences(metadata, set, tenantId);
  } else {
    requireTenantOfRow(metadata, set);
  }
  const id = metadata.primaryColumns.find((column) => column.propertyName === 'id');
  if (id?.type === 'uuid' && classOf(metadata) !== 'unclassified') set['id'] ??= uuidV7();
}

/** System work names the tenant of each row itself; there is no context to take it from. */
function requireTenantOfRow(metadata: EntityMetadata, set: ObjectLiteral): void {
  const column = tenantColumnOf(metadata);
  if (!column || currentScope()?.kind !== 'system') return;
  if (set[column.propertyName] !== undefined) return;
  throw new InvalidInputError({
    problem: `A new ${metadata.name} has no tenantId, and system work has no tenant to take it from`,
    mend: 'Set tenantId on the row, or write it inside TenantContext.run({ tenantId }, work)',
    given: { entity: metadata.name },
  });
}

function unreadable(): StatementRefusedError {
  return new StatementRefusedError({
    problem:
      'The insert was not sent: row-level security is off here, and an insert from a select cannot be confined without it',
    mend: 'Turn row-level security on, or insert values',
  });
}
