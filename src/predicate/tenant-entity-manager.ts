import {
  type DeleteResult,
  EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type InsertResult,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
  type TreeRepository,
  type UpdateResult,
} from 'typeorm';
import { cameAfterCommit } from '../context/transaction-retry.js';
import { currentUnit, runInTransaction } from '../context/unit-store.js';
import { classOf } from '../entities/entity-classification.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { type ConfinedSource, tenantFor } from './confine.js';
import { checkCondition, checkCriteria } from './checked-condition.js';
import { claimIds } from './claimed-ids.js';
import { ListedIds, whileSaving } from './deleted/listed-ids.js';
import { managerForUpdate, managerForUpsert } from './deleted/reach-options.js';
import { savingRows } from './deleted/reached-rows.js';
import { checkBeforeSave, rowsToSave } from './save-check.js';
import { fillTenant, referredRows } from './tenant-filling.js';

/** What is found out about the entities of one call, and all that they lead to. */
interface Look {
  readonly claims: boolean;
  readonly seen: Set<ObjectLiteral>;
  readonly listed: ListedIds;
}

type Isolation = Parameters<EntityManager['transaction']>[0];

/**
 * Takes part in the transaction of the work in hand without being told, and looks over entities
 * before TypeORM decides what to do with them.
 */
export class TenantEntityManager extends EntityManager {
  private readonly followsCaller: boolean;

  constructor(...given: ConstructorParameters<typeof EntityManager>) {
    super(...given);
    const [dataSource, queryRunner] = given;
    this.followsCaller = queryRunner === undefined;
    if (!this.followsCaller) return;
    // A property of the base class; as an accessor, it follows the transaction of the caller.
    Object.defineProperty(this, 'queryRunner', {
      configurable: true,
      get: () => currentUnit()?.transactions.get(dataSource) as QueryRunner | undefined,
    });
  }

  override getRepository<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
  ): Repository<Entity> {
    return this.following(super.getRepository(target));
  }

  override getTreeRepository<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
  ): TreeRepository<Entity> {
    return this.following(super.getTreeRepository(target));
  }

  override async transaction<T>(
    isolationOrWork: Isolation | ((manager: EntityManager) => Promise<T>),
    work?: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const isolation = typeof isolationOrWork === 'string' ? isolationOrWork : undefined;
    const run = (work ?? isolationOrWork) as (manager: EntityManager) => Promise<T>;
    if (typeof run !== 'function') return super.transaction(isolationOrWork as never, run as never);
    const joined = this.queryRunner;
    const runner = joined ?? this.dataSource.createQueryRunner();
    try {
      // If a savepoint cannot be opened, there is nothing to roll back but the transaction around it,
      // which is not ours: what follows would run in none, and be committed one by one.
      await runner.startTransaction(isolation as never);
      return await this.untilCommitted(runner, run);
    } finally {
      if (!joined) await runner.release();
    }
  }

  private async untilCommitted<T>(
    runner: QueryRunner,
    run: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    try {
      const result = await runInTransaction(this.dataSource, runner, () => run(runner.manager));
      await runner.commitTransaction();
      return result;
    } catch (error) {
      const { explain } = runner as { explain?: (error: unknown) => unknown };
      const reason = explain ? explain.call(runner, error) : error;
      if (!runner.isTransactionActive) cameAfterCommit(reason);
      await runner.rollbackTransaction().catch(() => undefined);
      throw reason;
    }
  }

  // What is asked for by a condition alone: without one, TypeORM answers with any row, or all.
  override async findBy(...given: unknown[]): Promise<never[]> {
    this.requireCondition(given);
    return super.findBy(...(given as [never, never]));
  }

  override async findOneBy(...given: unknown[]): Promise<never> {
    this.requireCondition(given);
    return super.findOneBy(...(given as [never, never])) as Promise<never>;
  }

  override async findAndCountBy(...given: unknown[]): Promise<[never[], number]> {
    this.requireCondition(given);
    return super.findAndCountBy(...(given as [never, never]));
  }

  override async countBy(...given: unknown[]): Promise<number> {
    this.requireCondition(given);
    return super.countBy(...(given as [never, never]));
  }

  override async existsBy(...given: unknown[]): Promise<boolean> {
    this.requireCondition(given);
    return super.existsBy(...(given as [never, never]));
  }

  /** Of living rows, unless its options say `deleted: 'with'` or `'only'`. */
  override async update(...given: unknown[]): Promise<UpdateResult> {
    this.checkCriteria(given);
    const metadata = this.dataSource.getMetadata(given[0] as EntityTarget<ObjectLiteral>);
    const manager = managerForUpdate(this, metadata, given[3]);
    return super.update.apply(manager, given as [never, never, never, never]);
  }

  /** A deleted row that it finds fails it, unless its options say `deleted: 'revive'`. */
  override async upsert(...given: unknown[]): Promise<InsertResult> {
    const manager = managerForUpsert(this, given[2]);
    return super.upsert.apply(manager, given as [never, never, never]);
  }

  override async delete(...given: unknown[]): Promise<DeleteResult> {
    this.checkCriteria(given);
    return super.delete(...(given as [never, never]));
  }

  override async softDelete(...given: unknown[]): Promise<UpdateResult> {
    this.checkCriteria(given);
    return super.softDelete(...(given as [never, never]));
  }

  override async restore(...given: unknown[]): Promise<UpdateResult> {
    this.checkCriteria(given);
    return super.restore(...(given as [never, never]));
  }

  override save(...given: unknown[]): Promise<never> {
    return this.lookedOver(given, true, () => super.save(...(given as [never])) as Promise<never>);
  }

  override remove(...given: unknown[]): Promise<never> {
    return this.lookedOver(given, false, () =>
      whileSaving(undefined, () => super.remove(...(given as [never])) as Promise<never>),
    );
  }

  override softRemove(...given: unknown[]): Promise<never> {
    const go = () => super.softRemove(...(given as [never])) as Promise<never>;
    return this.lookedOver(given, false, () => this.asOneAct(given, go));
  }

  override recover(...given: unknown[]): Promise<never> {
    const go = () => super.recover(...(given as [never])) as Promise<never>;
    return this.lookedOver(given, false, () => this.asOneAct(given, go));
  }

  override preload(...given: unknown[]): Promise<never> {
    return this.lookedOver(
      given,
      false,
      () => super.preload(...(given as [never, never])) as Promise<never>,
    );
  }

  /**
   * TypeORM keeps repositories, with the runner of whoever asked first: after that transaction, or
   * in the work of somebody else meanwhile, it would be the wrong one.
   */
  private following<T extends object>(repository: T): T {
    if (this.followsCaller) Object.assign(repository, { queryRunner: undefined });
    return repository;
  }

  /** TypeORM deletes and restores entities one by one, and those that they cascade to. */
  private asOneAct(given: unknown[], go: () => Promise<never>): Promise<never> {
    const { deletes } = this.dataSource as unknown as ConfinedSource;
    return deletes ? deletes.together(this, this.metadatasOf(given), go) : go();
  }

  private metadatasOf([first, second]: unknown[]): EntityMetadata[] {
    const named = typeof first === 'function' || typeof first === 'string';
    const entities = [named ? second : first].flat() as ObjectLiteral[];
    const targets = named ? [first] : entities.map((one) => one.constructor);
    return [...new Set(targets as EntityTarget<ObjectLiteral>[])]
      .filter((one) => this.dataSource.hasMetadata(one))
      .map((one) => this.dataSource.getMetadata(one));
  }

  private requireCondition([target, where]: unknown[]): void {
    if (where) return;
    checkCondition(this.dataSource.getMetadata(target as EntityTarget<ObjectLiteral>), where);
  }

  private checkCriteria([target, criteria]: unknown[]): void {
    checkCriteria(this.dataSource.getMetadata(target as EntityTarget<ObjectLiteral>), criteria);
  }

  private async lookedOver(
    given: unknown[],
    claims: boolean,
    go: () => Promise<never>,
  ): Promise<never> {
    const named = typeof given[0] === 'function' || typeof given[0] === 'string';
    const entities = [named ? given[1] : given[0]].flat() as ObjectLiteral[];
    const look: Look = { claims, seen: new Set(), listed: new ListedIds() };
    for (const entity of entities) {
      if (typeof entity !== 'object' || entity === null) throw noEntity(entity);
      const target = named ? (given[0] as EntityTarget<ObjectLiteral>) : entity.constructor;
      if (target && this.dataSource.hasMetadata(target)) {
        this.lookOver(entity, this.dataSource.getMetadata(target), look);
      }
    }
    const carryOut = () => whileSaving(look.listed, go);
    if (!claims) return carryOut();
    const rows = rowsToSave(this.dataSource, named ? (given[0] as never) : undefined, entities);
    checkBeforeSave(this.dataSource, rows);
    return savingRows(rows, carryOut);
  }

  private lookOver(entity: ObjectLiteral, metadata: EntityMetadata, look: Look): void {
    if (look.seen.has(entity)) return;
    look.seen.add(entity);
    const tenantId = tenantFor(metadata);
    if (tenantId !== undefined) {
      if (look.claims) claimIds(entity);
      fillTenant(metadata, entity, tenantId);
    }
    for (const relation of metadata.relations) {
      const target = relation.inverseEntityMetadata;
      for (const referred of referredRows(relation.isLazy, relation.propertyName, entity)) {
        look.listed.add(target, referred);
        if (classOf(target) === 'tenant') this.lookOver(referred, target, look);
      }
    }
  }
}

function noEntity(given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `An entity was expected (given: ${given === null ? 'null' : typeof given})`,
    mend: 'Pass an entity, or a list of entities; nothing was written',
  });
}
