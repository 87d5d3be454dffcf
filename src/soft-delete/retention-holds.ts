import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { checkedReason, checkedTenantId } from '../context/scope-input.js';
import type { SystemScope } from '../context/tenant-scope.js';
import { currentScope } from '../context/unit-store.js';
import { isUuid } from '../context/uuid.js';
import { classOf } from '../entities/entity-classification.js';
import { RetentionHold } from '../entities/retention/retention-hold.entity.js';
import { described } from '../errors/described-value.js';
import { DomainNotInstalledError } from '../errors/domain-not-installed.error.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { RowNotFoundError } from '../errors/row-not-found.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { checkedKeys } from '../validation/checked-keys.js';
import { idColumnOf } from './purge/purge-table.js';

/** What is left out is meant as a whole: without a tenant every tenant, without an entity every table. */
export interface NewHold {
  readonly tenantId?: string;
  readonly entity?: EntityTarget<ObjectLiteral>;
  /** Of one row; needs the entity. */
  readonly id?: string;
  readonly reason: string;
}

export interface HoldQuestion {
  readonly tenantId?: string;
  /** Those that were lifted as well. Default: false. */
  readonly lifted?: boolean;
  /** Default: 100. */
  readonly limit?: number;
  /** The id of the last hold of the page before. */
  readonly after?: string;
}

const MOST = 1_000;
const HOLD = ['tenantId', 'entity', 'id', 'reason'] as const;
const QUESTION = ['tenantId', 'lifted', 'limit', 'after'] as const;

/** Legal holds: what they cover is not purged. System work, since a hold may cover all tenants. */
export class RetentionHolds {
  constructor(private readonly source: DataSource) {}

  /** Every batch of a purge that begins after this one is committed honours it. */
  async place(hold: NewHold): Promise<RetentionHold> {
    const by = requireSystem();
    const { tenantId, entity, id, reason } = checkedKeys('hold', hold, HOLD);
    const placed = this.holds.create({
      tenantId: tenantId === undefined ? null : checkedTenantId(tenantId),
      ...this.covered(entity, id, tenantId),
      reason: checkedReason(reason),
      placedBy: nameOf(by),
      placedAt: new Date(),
      liftedAt: null,
      liftedBy: null,
    });
    return this.holds.save(placed);
  }

  /** The hold stays on record; what it covered goes with the next purge. */
  async lift(id: string): Promise<RetentionHold> {
    const by = requireSystem();
    if (!isUuid(id)) throw noHold(id);
    const { raw } = await this.holds
      .createQueryBuilder()
      .update()
      .set({ liftedAt: new Date(), liftedBy: nameOf(by) })
      .where('id = :id AND liftedAt IS NULL', { id })
      .returning('id')
      .execute();
    if ((raw as unknown[]).length === 0) throw noHold(id);
    return this.holds.findOneByOrFail({ id });
  }

  /** The newest first. */
  async list(question: HoldQuestion = {}): Promise<RetentionHold[]> {
    requireSystem();
    const {
      tenantId,
      lifted = false,
      limit = 100,
      after,
    } = checkedKeys('question', question, QUESTION);
    if (typeof lifted !== 'boolean') throw neitherTrueNorFalse(lifted);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw badLimit(limit);
    const found = this.holds.createQueryBuilder('hold').orderBy('hold.id', 'DESC').take(limit);
    if (!lifted) found.andWhere('hold.liftedAt IS NULL');
    if (tenantId !== undefined) {
      const own = { tenantId: checkedTenantId(tenantId) };
      found.andWhere('(hold.tenantId = :tenantId OR hold.tenantId IS NULL)', own);
    }
    if (after !== undefined) {
      if (!isUuid(after)) throw noHold(after);
      found.andWhere('hold.id < :after', { after });
    }
    return found.getMany();
  }

  private get holds(): Repository<RetentionHold> {
    if (this.source.hasMetadata(RetentionHold)) return this.source.getRepository(RetentionHold);
    throw new DomainNotInstalledError({
      problem: 'There is no table for holds in this database',
      mend: 'Add RetentionHold to the entities of the data source, or choose domains with the option schema, which bring it',
    });
  }

  private covered(
    entity: EntityTarget<ObjectLiteral> | undefined,
    id: string | undefined,
    tenantId: string | undefined,
  ): Pick<RetentionHold, 'tableName' | 'rowId'> {
    if (entity === undefined) {
      if (id === undefined) return { tableName: null, rowId: null };
      throw unclear('an id, and no entity that has it', id);
    }
    const metadata = this.source.hasMetadata(entity) ? this.source.getMetadata(entity) : undefined;
    if (!metadata?.deleteDateColumn) throw unclear('an entity that is not deleted softly', entity);
    if (tenantId !== undefined && classOf(metadata) !== 'tenant') {
      throw unclear('a tenant, and an entity whose rows belong to none', metadata.name);
    }
    if (id === undefined) return { tableName: metadata.tableName, rowId: null };
    if (idColumnOf(metadata) === undefined || typeof id !== 'string' || id === '') {
      throw unclear('an id that no single column of the entity has', id);
    }
    return { tableName: metadata.tableName, rowId: isUuid(id) ? id.toLowerCase() : id };
  }
}

function requireSystem(): SystemScope {
  const scope = currentScope();
  if (scope?.kind === 'system') return scope;
  throw new StatementRefusedError({
    problem: 'A hold was asked for outside of system work',
    mend: 'Run it inside TenantContext.runAsSystem(reason, work): a tenant neither places nor lifts holds',
  });
}

function nameOf({ actorId, reason }: SystemScope): string {
  return actorId ?? reason;
}

function noHold(id: unknown): RowNotFoundError {
  return new RowNotFoundError({
    problem: `There is no such hold, or it was lifted before (given: ${described(id)})`,
    mend: 'RetentionHolds.list() names those that hold',
  });
}

function badLimit(limit: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `limit is no whole number from 1 to ${MOST} (given: ${described(limit)})`,
    mend: 'Go on after the last hold of a page with { after: its id }',
  });
}

function neitherTrueNorFalse(lifted: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `lifted is neither true nor false (given: ${described(lifted)})`,
    mend: 'Say true for the holds that were lifted as well, or leave it out',
  });
}

function unclear(what: string, given: unknown): InvalidInputError {
  const shown = typeof given === 'function' ? given.name : described(given);
  return new InvalidInputError({
    problem: `A hold names ${what} (given: ${shown})`,
    mend: 'Name an entity with its id, an entity, a tenant, or nothing for everything; nothing was placed',
  });
}
