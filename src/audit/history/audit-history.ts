import { Injectable } from '@nestjs/common';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { type AuditPlan, auditPlans } from '../audit-plan.js';
import type { AuditPage, AuditPageOptions } from './audit-change.js';
import { AuditedTable, type AuditKey, defaultSchema } from './audited-table.js';
import type { Moment } from './line-of-life.js';
import { LogPages } from './log-pages.js';
import { type AuditQuestion, checkedText } from './log-question.js';
import { PastRows } from './past-rows.js';
import type { RowAsOf } from './row-as-of.js';
import { RowHistory } from './row-history.js';

/** Reads the audit log of the tenant in hand; of all tenants, in system work. */
@Injectable()
export class AuditHistory {
  private readonly pages: LogPages;
  private plans: readonly AuditPlan[] | undefined;

  constructor(private readonly source: DataSource) {
    this.pages = new LogPages(source);
  }

  /** What happened to one row, newest first; also under the keys that it had before. */
  async of<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    key: AuditKey,
    page: AuditPageOptions = {},
  ): Promise<AuditPage<Entity>> {
    const table = AuditedTable.of(this.source, entity);
    return new RowHistory(this.source, table, table.rowKey(key)).page<Entity>(page);
  }

  /** What somebody did. */
  async byActor(actorId: string, page: AuditPageOptions = {}): Promise<AuditPage> {
    return this.between({ actorId: checkedText('actorId', actorId) }, page);
  }

  /** What one request did. */
  async byRequest(requestId: string, page: AuditPageOptions = {}): Promise<AuditPage> {
    return this.between({ requestId: checkedText('requestId', requestId) }, page);
  }

  /**
   * One row as it was at a time, or just after a change; null if it was not there. By the key that it
   * has now, or had last.
   */
  async asOf<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    key: AuditKey,
    moment: Moment,
  ): Promise<RowAsOf<Entity> | null> {
    const table = AuditedTable.of(this.source, entity);
    const rows = new PastRows<Entity>(this.source, table, this.planOf(table));
    return rows.asOf(table.rowKey(key), moment);
  }

  /** What happened in a time. */
  async between(question: AuditQuestion = {}, page: AuditPageOptions = {}): Promise<AuditPage> {
    return this.pages.page(question, page);
  }

  private planOf({ metadata, schema, table }: AuditedTable): AuditPlan {
    this.plans ??= auditPlans(this.source.entityMetadatas, {
      schema: defaultSchema(this.source),
      capture: 'trigger',
    });
    const plan = this.plans.find((one) => one.schema === schema && one.table === table);
    if (plan) return plan;
    throw new InvalidInputError({
      problem: `${metadata.name} is not audited`,
      mend: 'Put @Audited() on the class; the log tells what happens from then on',
      given: { entity: metadata.name },
    });
  }
}
