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
  type ObjectLiteral,
  type QueryRunner,
  Repository,
} from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { TransactionHost, TransactionOptions } from '../context/tenant-context.js';
import type { DeletedOptions } from '../predicate/deleted/deleted-options.js';
import type { TenantQueryBuilder } from '../predicate/deleted/tenant-query-builder.js';
import { checkCondition, checkRowId } from '../predicate/checked-condition.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../validation/checked-object.js';
import { checkedWork } from './checked-input.js';
import { KeysetPager, type KeysetPage, type KeysetPageOptions } from './keyset-pager.js';
import { type NumberedPage, type NumberedPageOptions, numberedPage } from './numbered-page.js';
import { type BulkOptions, insertInParts, newEntities } from './bulk-insert.js';

export type TenantFindOptions<Entity> = FindManyOptions<Entity> & DeletedOptions<Entity>;
export type TenantFindOneOptions<Entity> = FindOneOptions<Entity> & DeletedOptions<Entity>;

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

  /** Inserts any number of rows, in as few statements as PostgreSQL's parameter limit allows. */
  async insertMany(rows: readonly DeepPartial<Entity>[], options?: BulkOptions): Promise<Entity[]> {
    const entities = newEntities(this, rows);
    return this.transactionally(entities, () => insertInParts(this, entities, options));
  }

  /** Inserts rows, or updates those whose unique properties are there already. */
  async upsertMany(
    rows: readonly DeepPartial<Entity>[],
    conflictPaths: readonly (keyof Entity & string)[],
    options: BulkOptions = {},
  ): Promise<Entity[]> {
    const entities = newEntities(this, rows);
    return this.transactionally(entities, () =>
      insertInParts(this, entities, { ...options, conflictPaths }),
    );
  }

  /** Deletes rows for good. `delete` and `remove` of TypeORM do the same; this one says so. */
  async hardDelete(criteria: Criteria<Entity>): Promise<DeleteResult> {
    return this.manager.delete(this.metadata.target, criteria as never);
  }

  /** Joins a running transaction or opens one; every repository used inside takes part. */
  async transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T> {
    checkedWork('work', work);
    return (this.manager.dataSource as unknown as TransactionHost).joinTransaction(work, options);
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
