import type {
  DeleteResult,
  EntityManager,
  EntityMetadata,
  EntityTarget,
  ObjectLiteral,
  RemoveOptions,
} from 'typeorm';
import { currentScope } from '../context/unit-store.js';
import { RowReferencedError } from '../errors/row-referenced.error.js';
import { checkCriteria } from '../predicate/checked-condition.js';
import type { ActOptions } from '../predicate/delete-acts.js';
import { stateOf } from '../predicate/deletion-form.js';
import { quoteName } from '../schema/sql.js';
import type { ActResult, Deletion } from './act-result.js';
import { type ActBuilder, deletionOf, isOwnedBy, restorationOf, tablePath } from './act-sql.js';
import { REFERENCE_POLICIES } from '../entities/soft-delete.decorator.js';
import { type SoftDeletes, forbidden } from './soft-deletes.js';

/** The verbs of a repository that delete and restore, for the rows of one entity. */
export class RowDeletion {
  constructor(
    private readonly deletes: SoftDeletes,
    private readonly manager: EntityManager,
    private readonly metadata: EntityMetadata,
  ) {}

  async softDelete(criteria: unknown, options: ActOptions = {}): Promise<ActResult> {
    const builder = this.asked(deletionOf(this.manager, this.metadata), criteria, options);
    return (await builder.execute()) as ActResult;
  }

  async restore(criteria: unknown, options: ActOptions = {}): Promise<ActResult> {
    const builder = this.asked(restorationOf(this.manager, this.metadata), criteria, options);
    return (await builder.execute()) as ActResult;
  }

  /** As the entity says: softly, for good, or not at all. */
  async delete(criteria: unknown, options: ActOptions = {}): Promise<Deletion> {
    const policy = this.deletes.plan.policyOf(this.metadata);
    if (policy === 'forbid') throw forbidden(this.metadata);
    if (policy === 'hard') return this.deleteLiving(criteria);
    if (policy === 'soft') return this.softDelete(criteria, options);
    return (await this.deleteUnlessReferenced(criteria)) ?? this.softDelete(criteria, options);
  }

  async remove(
    entity: ObjectLiteral,
    options: RemoveOptions & ActOptions = {},
  ): Promise<ObjectLiteral> {
    const policy = this.deletes.plan.policyOf(this.metadata);
    if (policy === 'forbid') throw forbidden(this.metadata);
    const { reason, ...given } = options;
    if (policy === 'hard') return this.manager.remove(this.target, entity as object, given);
    if (policy === 'soft') {
      const remove = () => this.manager.softRemove(this.target, entity as object, given);
      return this.deletes.together(this.manager, [this.metadata], remove, { reason });
    }
    const keys = [entity].flat().map((one) => this.metadata.getEntityIdMap(one));
    await this.delete(keys, { reason });
    return entity;
  }

  /** Also what was deleted softly; a forbidden entity only by system work. */
  async hardDelete(criteria: unknown): Promise<DeleteResult> {
    const isForbidden = this.deletes.plan.policyOf(this.metadata) === 'forbid';
    if (isForbidden && currentScope()?.kind === 'tenant') throw forbidden(this.metadata);
    return this.manager.delete(this.metadata.target, criteria as never);
  }

  private async deleteLiving(criteria: unknown): Promise<Deletion> {
    checkCriteria(this.metadata, criteria);
    const builder = this.manager.createQueryBuilder().delete().from(this.target);
    if (isKeys(criteria)) builder.whereInIds(criteria);
    else builder.where(criteria as ObjectLiteral);
    if (this.metadata.deleteDateColumn) builder.andWhere(stateOf(this.metadata, false));
    return builder.execute();
  }

  /** Undefined where rows refer to what was asked for, whether or not the database would mind. */
  private async deleteUnlessReferenced(criteria: unknown): Promise<DeleteResult | undefined> {
    const builder = this.asked(deletionOf(this.manager, this.metadata), criteria, {});
    try {
      return await builder.atomically(async () => {
        if (await this.isReferenced(builder)) return undefined;
        return this.deleteLiving(criteria);
      });
    } catch (error) {
      if (error instanceof RowReferencedError) return undefined;
      throw error;
    }
  }

  private async isReferenced(builder: ActBuilder): Promise<boolean> {
    const { metadata } = this;
    const key = metadata.primaryColumns.map((one) => quoteName(one.databaseName)).join(', ');
    const living = stateOf(metadata, false);
    await builder.send(({ table, condition }) => {
      const rows = builder.signed(
        `SELECT ${key} FROM ${table} WHERE ${condition} AND ${living} FOR UPDATE`,
      );
      return builder.signed(`SELECT count(*) AS "held" FROM (${rows}) AS "rowguard_held"`);
    });
    const found = this.deletes.plan.below(metadata, ...REFERENCE_POLICIES).map((reference) => {
      const owned = isOwnedBy(reference, '"rowguard_child"', tablePath(metadata));
      const names = builder.confined(reference.child, 'rowguard_child', owned);
      const children = `SELECT FROM ${tablePath(reference.child)} AS "rowguard_child" WHERE ${names}`;
      return `EXISTS (${builder.signed(children)})`;
    });
    if (found.length === 0) return false;
    const { records } = await builder.send(({ table, condition }) =>
      builder.signed(
        `SELECT ${key} FROM ${table} WHERE ${condition} AND ${living} AND (${found.join(' OR ')}) LIMIT 1`,
      ),
    );
    return (records as object[]).length > 0;
  }

  private asked(builder: ActBuilder, criteria: unknown, options: ActOptions): ActBuilder {
    checkCriteria(this.metadata, criteria);
    builder.actOptions = options;
    return (
      isKeys(criteria) ? builder.whereInIds(criteria) : builder.where(criteria as never)
    ) as ActBuilder;
  }

  private get target(): EntityTarget<ObjectLiteral> {
    return this.metadata.target;
  }
}

function isKeys(criteria: unknown): boolean {
  const [first] = Array.isArray(criteria) ? (criteria as unknown[]) : [criteria];
  return typeof first !== 'object';
}
