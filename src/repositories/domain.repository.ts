import type {
  DataSource,
  DeepPartial,
  EntityManager,
  EntityMetadata,
  EntityTarget,
  FindOptionsWhere,
  ObjectLiteral,
} from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { requireTenant } from '../context/tenant-context.js';
import { currentScope } from '../context/unit-store.js';
import { DomainNotInstalledError } from '../errors/domain-not-installed.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { TenantMismatchError } from '../errors/tenant-mismatch.error.js';
import { checkConditions, checkRowId } from '../predicate/checked-condition.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../validation/checked-object.js';
import type { BulkOptions } from './bulk-insert.js';
import { refuseMoved } from './moved-by-verbs.js';
import { entitiesFrom } from './returned-rows.js';
import {
  type DeletionOptions,
  type RestoreOptions,
  TenantRepository,
} from './tenant.repository.js';

/** A repository or service of the shipped schema: made from a data source, injected by its class. */
export type RepositoryClass = new (source: DataSource) => object;

export type NewRow<Entity> = DeepPartial<Entity>;
export type RowChanges<Entity> = QueryDeepPartialEntity<Entity>;

/**
 * TypeORM's create, update, delete and restore mean something else, and their types would not let
 * a subclass say so. Everything else of a TenantRepository is there.
 */
type Inherited<Entity extends ObjectLiteral> = Omit<
  TenantRepository<Entity>,
  'create' | 'insertMany' | 'update' | 'delete' | 'restore'
> & {
  // Said once more as a method: what Omit leaves over is a property, and cannot be overridden by one.
  insertMany(rows: readonly NewRow<Entity>[], options?: BulkOptions): Promise<Entity[]>;
};

const Base = TenantRepository as unknown as new <Entity extends ObjectLiteral>(
  target: EntityTarget<Entity>,
  source: Pick<DataSource, 'manager'> | EntityManager,
) => Inherited<Entity>;

/** The verbs of the shipped schema: each writes, answers with the row, and deletes softly. */
export abstract class DomainRepository<
  Entity extends ObjectLiteral & { id: string },
> extends Base<Entity> {
  /** By property: the verbs that check its moves, and that `update` is no way around. */
  protected readonly movedBy: Readonly<Record<string, string>> = {};

  override get metadata(): EntityMetadata {
    const { dataSource } = this.manager;
    if (dataSource.hasMetadata(this.target)) return dataSource.getMetadata(this.target);
    throw notInstalled(this.target);
  }

  /** Inserts a row and answers with it. */
  async create(values: NewRow<Entity>): Promise<Entity> {
    const { target, name } = this.metadata;
    checkedObject(`A new ${name}`, values);
    const row = this.manager.create(target as EntityTarget<Entity>, values);
    await this.createQueryBuilder()
      .insert()
      .values(row as never)
      .execute();
    return withNulls(this.metadata, row);
  }

  /** Changes the living row and answers with it as it is now. */
  async update(id: string, changes: RowChanges<Entity>): Promise<Entity> {
    checkRowId(this.metadata, id);
    for (const [property, verbs] of Object.entries(this.movedBy)) {
      refuseMoved(changes, property, verbs);
    }
    const [row] = await this.updateReturning({ id } as FindOptionsWhere<Entity>, changes);
    if (!row) throw notFound(this.metadata.name);
    return row;
  }

  /** Changes the living rows that match, in one statement. */
  async updateReturning(
    where: FindOptionsWhere<Entity>,
    changes: RowChanges<Entity>,
  ): Promise<Entity[]> {
    checkConditions(this.metadata, where);
    const living = this.metadata.deleteDateColumn ? ' AND deletedAt IS NULL' : '';
    const { raw } = await this.createQueryBuilder()
      .update()
      .set(changes)
      .where(where)
      .andWhere(`true${living}`)
      .returning('*')
      .execute();
    return entitiesFrom<Entity>(this, raw as ObjectLiteral[]);
  }

  /** Deletes the row softly, and what depends on it, as one act. */
  async delete(id: string, options: DeletionOptions = {}): Promise<void> {
    const { affected } = await this.softDelete(this.named(id), options);
    if (!affected) throw notFound(this.metadata.name);
  }

  /** Brings the row back, with everything that was deleted in the same act, and nothing else. */
  async restore(id: string, options: RestoreOptions = {}): Promise<Entity> {
    const rows = new TenantRepository<Entity>(this.target, this.manager);
    await rows.restore(this.named(id), options);
    return this.getById(id);
  }

  private named(id: string): FindOptionsWhere<Entity> {
    const { name, deleteDateColumn } = this.metadata;
    if (!deleteDateColumn) throw kept(name);
    checkRowId(this.metadata, id);
    return { id } as FindOptionsWhere<Entity>;
  }

  /** For callers that name the tenant: it has to be the one in hand. */
  protected requireOwn(tenantId: string): void {
    const scope = requireTenant(currentScope());
    if (typeof tenantId === 'string' && tenantId.toLowerCase() === scope.tenantId) return;
    throw new TenantMismatchError({
      problem: 'Rows of another tenant were asked for',
      mend: 'Ask for the tenant in hand, or run the work inside TenantContext.run({ tenantId }, work)',
    });
  }
}

/** What was not given is null in the database, and so it is in the answer. */
function withNulls<Entity extends ObjectLiteral>(metadata: EntityMetadata, row: Entity): Entity {
  for (const column of metadata.columns) {
    if (!column.isNullable || !column.isSelect || column.isVirtual) continue;
    if (column.getEntityValue(row) !== undefined) continue;
    if (column.relationMetadata?.getEntityValue(row)) continue;
    column.setEntityValue(row, null);
  }
  return row;
}

function kept(name: string): StatementRefusedError {
  return new StatementRefusedError({
    problem: `A ${name} is a record: it is added, and then it stays`,
    mend: 'Only system work purges records, with hardDelete inside TenantContext.runAsSystem',
    given: { entity: name },
  });
}

function notInstalled(target: EntityTarget<ObjectLiteral>): DomainNotInstalledError {
  const name = typeof target === 'function' ? target.name : 'entity';
  return new DomainNotInstalledError({
    problem: `${name} is not part of the schema of this database`,
    mend: "Name its domain in the option schema, or choose schema: 'all'; vectors also need pgvector on the server",
    given: { entity: name },
  });
}
