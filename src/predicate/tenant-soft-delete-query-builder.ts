import {
  type Brackets,
  type EntityManager,
  type EntityMetadata,
  type ObjectLiteral,
  type QueryResult,
  type UpdateResult,
} from 'typeorm';
import type { ReturningType } from 'typeorm/driver/types/ReturningType.js';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import type { WhereClauseCondition } from 'typeorm/query-builder/WhereClause.js';
import { builtStatement, markBuilt } from '../context/built-statement.js';
import { signedSelect } from '../context/own-selects.js';
import { withChanges, withLockedRows } from './change-capture.js';
import { noCondition, readable } from './checked-condition.js';
import {
  type ConfinedSource,
  confineWhere,
  marked,
  predicateFor,
  refuseToLeaveBrackets,
  withTenantKeys,
  withTenantParameter,
} from './confine.js';
import type { ActOptions, StatementForm } from './delete-acts.js';
import { plainDeletion } from './deletion-form.js';

/** Soft-deletes and restores rows of the tenant in hand only, with what belongs to them. */
export class TenantSoftDeleteQueryBuilder<
  Entity extends ObjectLiteral,
> extends SoftDeleteQueryBuilder<Entity> {
  actOptions: ActOptions = {};
  private form: StatementForm | undefined;

  get metadata(): EntityMetadata {
    return (this.expressionMap.mainAlias as { metadata: EntityMetadata }).metadata;
  }

  get restores(): boolean {
    return this.expressionMap.queryType === 'restore';
  }

  /** Of the transaction that the builder is part of, if it is part of one. */
  get manager(): EntityManager {
    return this.queryRunner?.manager ?? this.dataSource.manager;
  }

  /** The entities whose columns follow what was done to their rows. */
  get entities(): readonly ObjectLiteral[] {
    return this.expressionMap.updateEntity ? this.expressionMap.whereEntities : [];
  }

  override execute(): Promise<UpdateResult> {
    const { deletes } = this.source;
    return deletes && !this.form ? deletes.execute(this as never) : super.execute();
  }

  /** A statement of an act, which listeners hear of like of any other. */
  async executeAs(form: StatementForm): Promise<UpdateResult> {
    this.form = form;
    try {
      return await super.execute();
    } finally {
      this.form = undefined;
    }
  }

  /** A statement of an act that deletes and restores nothing by itself. */
  async send(form: StatementForm, isCaptured = false): Promise<QueryResult<ObjectLiteral>> {
    this.form = form;
    const runner = this.obtainQueryRunner();
    try {
      const [text, parameters] = this.getQueryAndParameters();
      const built = builtStatement(parameters);
      if (built && !isCaptured) markBuilt(parameters, { ...built, captured: undefined });
      return (await runner.query(text, parameters, true)) as QueryResult;
    } finally {
      this.form = undefined;
      if (runner !== this.queryRunner) await runner.release();
    }
  }

  /** Runs `work` in a transaction, or a savepoint of the one that is open, with this builder in it. */
  atomically<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const own = this.queryRunner;
    return this.manager.transaction(async (manager) => {
      this.queryRunner = manager.queryRunner as never;
      try {
        return await work(manager);
      } finally {
        this.queryRunner = own as never;
      }
    });
  }

  /** Vouches for a SELECT that is part of a statement of an act. */
  signed(select: string): string {
    return this.source.walls.policies ? select : signedSelect(select);
  }

  /** Holds another table of the statement to the tenant in hand as well. */
  confined(metadata: EntityMetadata, alias: string | undefined, condition: string): string {
    const predicate = predicateFor(this, this.source, metadata, alias);
    return predicate === undefined ? condition : `${predicate} AND ${condition}`;
  }

  /** TypeORM appends the common table expressions, where PostgreSQL does not look for them. */
  override getQuery(): string {
    const common = this.createComment() + this.createCteExpression();
    const order = this.createOrderByExpression() + this.createLimitExpression();
    const statement = common + this.createUpdateExpression() + order;
    return this.replacePropertyNamesForTheWholeQuery(statement.trim());
  }

  override getParameters(): ObjectLiteral {
    return withTenantParameter(super.getParameters());
  }

  override getQueryAndParameters(): [string, unknown[]] {
    return marked(this, this.source, super.getQueryAndParameters());
  }

  protected override getWhereCondition(where: never): WhereClauseCondition {
    return readable(this.expressionMap, () => super.getWhereCondition(where));
  }

  protected override createUpdateExpression(): string {
    const { metadata } = this;
    if (!metadata.deleteDateColumn) return super.createUpdateExpression();
    const returning = this.createReturningExpression('update');
    const form = this.form ?? plainDeletion(metadata, this.restores);
    return form({
      table: this.getTableName(this.getMainTableName()),
      condition: this.createCondition(),
      where: (condition) => withLockedRows(this, this.source, ` WHERE ${condition}`),
      returning: returning === '' ? '' : ` RETURNING ${returning}`,
    });
  }

  protected override createReturningExpression(type: ReturningType): string {
    return withChanges(this, this.source, 'update', super.createReturningExpression(type));
  }

  protected override getWhereInIdsCondition(ids: unknown): ObjectLiteral | Brackets {
    const metadata = this.expressionMap.mainAlias?.metadata;
    return super.getWhereInIdsCondition(metadata ? withTenantKeys(metadata, ids) : ids);
  }

  private createCondition(): string {
    if (this.expressionMap.wheres.length > 0) this.checkGiven();
    const where = confineWhere(this, this.source, this.createWhereExpression());
    const condition = where.replace(/^\s*WHERE\s/, '').trim();
    return condition === '' ? 'TRUE' : `( ${condition} )`;
  }

  private get source(): ConfinedSource {
    return this.dataSource as unknown as ConfinedSource;
  }

  /** With its own condition added, TypeORM would take none at all for one, and reach every row. */
  private checkGiven(): void {
    const { mainAlias, wheres } = this.expressionMap;
    const given = this.createWhereClausesExpression(wheres);
    refuseToLeaveBrackets(given);
    if (['', '1=1'].includes(given) && mainAlias?.hasMetadata)
      throw noCondition(mainAlias.metadata, {});
  }
}
