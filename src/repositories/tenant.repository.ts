import {
  type DataSource,
  type DeepPartial,
  type DeleteResult,
  EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type FindManyOptions,
  type FindOneOptions,
  type FindOptionsWhere,
  type InsertResult,
  type ObjectLiteral,
  type QueryRunner,
  type RemoveOptions,
  Repository,
  type UpdateResult,
} from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { UpdateOptions } from 'typeorm/repository/UpdateOptions.js';
import type { UpsertOptions } from 'typeorm/repository/UpsertOptions.js';
import type { TransactionHost, TransactionOptions } from '../context/tenant-context.js';
import type { DeletedOptions } from '../predicate/deleted/deleted-options.js';
import type { TenantQueryBuilder } from '../predicate/deleted/tenant-query-builder.js';
import { checkCondition, checkRowId } from '../predicate/checked-condition.js';
import type { ReachOptions, ReviveOptions } from '../predicate/deleted/reach-options.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../validation/checked-object.js';
import type { ActResult, Deletion } from '../soft-delete/act-result.js';
import { RowDeletion } from '../soft-delete/row-deletion.js';
import type { RetentionSource } from '../soft-delete/purge/purge-plan.js';
import type { PurgeOptions, PurgeReport } from '../soft-delete/purge/purge-report.js';
import { SoftDeletePurge } from '../soft-delete/purge/soft-delete-purge.js';
import type { SoftDeletes } from '../soft-delete/soft-deletes.js';
import { checkedKeys } from '../validation/checked-keys.js';
import { checkedWork } from './checked-input.js';
import { KeysetPager, type KeysetPage, type KeysetPageOptions } from './keyset-pager.js';
import { type NumberedPage, type NumberedPageOptions, numberedPage } from './numbered-page.js';
import {
  type BulkOptions,
  type UpsertManyOptions,
  checkConflictPaths,
  insertInParts,
  newEntities,
} from './bulk-insert.js';

export interface DeletionOptions {
  /** Why; kept with each row of the act. */
  readonly reason?: string;
}

export interface RestoreOptions {
  /** Also brings back the acts that deleted what the rows cannot live without. */
  readonly withParents?: boolean;
}

export type TenantFindOptions<Entity> = FindManyOptions<Entity> & DeletedOptions<Entity>;
export type TenantFindOneOptions<Entity> = FindOneOptions<Entity> & DeletedOptions<Entity>;

const DELETION = ['reason'] as const;
const REMOVAL = ['data', 'listeners', 'transaction', 'chunk'] as const;
const RESTORING = ['withParents'] as const;

type Criteria<Entity> = string | string[] | FindOptionsWhere<Entity> | FindOptionsWhere<Entity>[];

/**
 * The repository that acts for the tenant of the request in hand. A full TypeORM repository: every
 * method is scoped, by the query builders that all of them use. The verbs below come on top.
 */
export class TenantRepository<Entity extends ObjectLiteral> extends Repository<Entity> {
  /** TypeORM makes repositories of its own from ours, with a manager: withRepository, extend. */
  constructor(target: EntityTarget<Entity>, source: Pick<DataSource, 'manager'> | EntityManager) {
    super(target, source instanceof EntityManager ? source : source.manager);
  }

  /** The row, or null. A row of another tenant and a missing row answer alike. */
  async findById(id: string, options: TenantFindOneOptions<Entity> = {}): Promise<Entity | null> {
    checkRowId(this.metadata, id);
    checkedObject('options', options);
    const where = { ...(options.where as object | undefined), id };
    return this.findOne({ ...options, where: where as unknown as FindOptionsWhere<Entity> });
  }

  /** The row, or RowNotFoundError. */
  async getById(id: string, options: TenantFindOneOptions<Entity> = {}): Promise<Entity> {
    const found = await this.findById(id, options);
    if (!found) throw notFound(this.metadata.name);
    return found;
  }

  /** Ours, which can be told about the deleted rows of each alias. */
  override createQueryBuilder(alias?: string, runner?: QueryRunner): TenantQueryBuilder<Entity> {
    return super.createQueryBuilder(alias, runner) as TenantQueryBuilder<Entity>;
  }

  findAll(options?: TenantFindOptions<Entity>): Promise<Entity[]> {
    return this.find(options);
  }

  override async find(options?: TenantFindOptions<Entity>): Promise<Entity[]> {
    return super.find(checkedOptions(options));
  }

  override async findAndCount(options?: TenantFindOptions<Entity>): Promise<[Entity[], number]> {
    return super.findAndCount(checkedOptions(options));
  }

  override async findOne(options: TenantFindOneOptions<Entity>): Promise<Entity | null> {
    return super.findOne(withCondition(this.metadata, checkedOptions(options)));
  }

  override async findOneOrFail(options: TenantFindOneOptions<Entity>): Promise<Entity> {
    return super.findOneOrFail(withCondition(this.metadata, checkedOptions(options)));
  }

  override async count(options?: TenantFindOptions<Entity>): Promise<number> {
    return super.count(checkedOptions(options));
  }

  override async exists(options?: TenantFindOptions<Entity>): Promise<boolean> {
    return super.exists(checkedOptions(options));
  }

  /** One page after a cursor; as fast on the last page as on the first. */
  async findPage(options: KeysetPageOptions<Entity> = {}): Promise<KeysetPage<Entity>> {
    return new KeysetPager(this).page(checkedOptions(options));
  }

  /** One numbered page, with the total. For deep pages use findPage. */
  async findAndCountPage(
    options: NumberedPageOptions<Entity> & DeletedOptions<Entity> = {},
  ): Promise<NumberedPage<Entity>> {
    return numberedPage(this, checkedOptions(options));
  }

  /** Changes the living rows that match; deleted ones where the options say so. */
  override async update(
    criteria: Parameters<Repository<Entity>['update']>[0],
    changes: QueryDeepPartialEntity<Entity>,
    options?: UpdateOptions & ReachOptions,
  ): Promise<UpdateResult> {
    return super.update(criteria, changes, options);
  }

  /** A deleted row that it finds fails it, unless `deleted: 'revive'` says to bring it back. */
  override async upsert(
    rows: QueryDeepPartialEntity<Entity> | QueryDeepPartialEntity<Entity>[],
    conflictPathsOrOptions: string[] | (UpsertOptions<Entity> & ReviveOptions),
  ): Promise<InsertResult> {
    const { conflictPaths } = Array.isArray(conflictPathsOrOptions)
      ? { conflictPaths: conflictPathsOrOptions }
      : checkedObject('options', conflictPathsOrOptions);
    const paths = Array.isArray(conflictPaths) ? conflictPaths : Object.keys(conflictPaths ?? {});
    checkConflictPaths(this.metadata, paths);
    return super.upsert(rows, conflictPathsOrOptions);
  }

  /** Inserts any number of rows, in as few statements as PostgreSQL's parameter limit allows. */
  async insertMany(rows: readonly DeepPartial<Entity>[], options?: BulkOptions): Promise<Entity[]> {
    const entities = newEntities(this, rows);
    return this.transactionally(entities, () => insertInParts(this, entities, options));
  }

  /** Inserts rows, or updates those whose unique properties are there already. */
  async upsertMany(
    rows: readonly DeepPartial<Entity>[],
    conflictPaths: readonly (keyof Entity & string)[],
    options: UpsertManyOptions = {},
  ): Promise<Entity[]> {
    const entities = newEntities(this, rows);
    return this.transactionally(entities, () =>
      insertInParts(this, entities, { ...options, conflictPaths }),
    );
  }

  /** Deletes living rows as one act, with what goes with them by the policies of the references. */
  override async softDelete(
    criteria: Criteria<Entity>,
    options: DeletionOptions = {},
  ): Promise<ActResult> {
    return this.deletion.softDelete(criteria, checkedKeys('options', options, DELETION));
  }

  /** Deletes living rows the way their entity says, which is softly unless it says otherwise. */
  override async delete(
    criteria: Criteria<Entity>,
    options: DeletionOptions = {},
  ): Promise<Deletion> {
    return this.deletion.delete(criteria, checkedKeys('options', options, DELETION));
  }

  /** Deletes an entity that was loaded, the way it says. */
  override remove(entities: Entity[], options?: RemoveOptions & DeletionOptions): Promise<Entity[]>;
  override remove(entity: Entity, options?: RemoveOptions & DeletionOptions): Promise<Entity>;
  override async remove(
    entity: Entity | Entity[],
    options: RemoveOptions & DeletionOptions = {},
  ): Promise<Entity | Entity[]> {
    const given = checkedKeys('options', options, [...DELETION, ...REMOVAL]);
    return this.deletion.remove(entity, given) as Promise<Entity>;
  }

  /** Brings rows back with everything that was deleted in the same act, and nothing else. */
  override async restore(
    criteria: Criteria<Entity>,
    options: RestoreOptions = {},
  ): Promise<ActResult> {
    return this.deletion.restore(criteria, checkedKeys('options', options, RESTORING));
  }

  /** Brings back a whole act, in whatever tables it deleted rows. */
  async restoreBatch(batch: string, options: RestoreOptions = {}): Promise<ActResult> {
    return this.deletes.restoreBatch(
      this.manager,
      batch,
      checkedKeys('options', options, RESTORING),
    );
  }

  /** Deletes rows for good, also those that were deleted softly before, and those that a legal hold keeps from purges. */
  async hardDelete(criteria: Criteria<Entity>): Promise<DeleteResult> {
    return this.deletion.hardDelete(criteria);
  }

  /**
   * Deletes for good what was deleted softly longer ago than it is kept, except for what is under a legal
   * hold, or still referred to.
   */
  async purge(options: Omit<PurgeOptions, 'entities'> = {}): Promise<PurgeReport> {
    const source = this.manager.dataSource as DataSource & RetentionSource;
    const entities = [this.target];
    return new SoftDeletePurge(source).run({ ...checkedObject('options', options), entities });
  }

  /** Joins a running transaction or opens one; every repository used inside takes part. */
  async transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T> {
    checkedWork('work', work);
    return (this.manager.dataSource as unknown as TransactionHost).joinTransaction(work, options);
  }

  private get deletes(): SoftDeletes {
    return (this.manager.dataSource as unknown as { readonly deletes: SoftDeletes }).deletes;
  }

  private get deletion(): RowDeletion {
    return new RowDeletion(this.deletes, this.manager, this.metadata);
  }

  private transactionally<T>(rows: readonly unknown[], work: () => Promise<T>): Promise<T> {
    return rows.length > 1 ? this.transaction(work) : work();
  }
}

export type Insertable<Entity> = QueryDeepPartialEntity<Entity>;

/** TypeORM refuses to find one row of all, in an error of its own. */
function withCondition<Options extends { where?: unknown }>(
  metadata: EntityMetadata,
  options: Options,
): Options {
  if (!options.where) checkCondition(metadata, options.where);
  return options;
}

function checkedOptions<Options>(options: Options | undefined): Options {
  return checkedObject('options', options ?? ({} as Options & object));
}
