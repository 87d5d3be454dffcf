import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { checkedObject } from '../../validation/checked-object.js';
import type { AuditedSource } from '../audited-source.js';
import { RevertRefusedError } from '../../errors/revert-refused.error.js';
import type { AuditChange, AuditChanges, AuditPage, AuditPageOptions } from './audit-change.js';
import { AuditedTable, type AuditKey } from './audited-table.js';
import type { AuditMoment } from './line-of-life.js';
import { ChangeReader } from './change-reader.js';
import { ChangeRevert, type RevertOptions } from './change-revert.js';
import { LogPages } from './log-pages.js';
import { type AuditQuestion, checkedText } from './log-question.js';
import { PastRows } from './past-rows.js';
import type { RowAsOf } from './row-as-of.js';
import { differenceOf } from './row-difference.js';
import { RowHistory } from './row-history.js';

/** Reads the audit log of the tenant in hand; of all tenants, in system work. */
export class AuditHistory {
  private readonly pages: LogPages;
  private readonly reader: ChangeReader;

  private readonly source: AuditedSource;

  constructor(source: DataSource) {
    this.source = source as AuditedSource;
    this.pages = new LogPages(this.source);
    this.reader = new ChangeReader(this.source);
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
    moment: AuditMoment,
  ): Promise<RowAsOf<Entity> | null> {
    const table = AuditedTable.of(this.source, entity);
    return new PastRows<Entity>(this.source, table).asOf(table.wholeKey(key), moment);
  }

  /** What is different between two moments; nothing where the row was there at neither. */
  async diff<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    key: AuditKey,
    from: AuditMoment,
    to: AuditMoment,
  ): Promise<AuditChanges<Entity>> {
    const before = await this.asOf(entity, key, from);
    const after = await this.asOf(entity, key, to);
    return differenceOf(AuditedTable.of(this.source, entity), before, after);
  }

  /**
   * Takes one change back, as a new change: an insert is deleted, softly where that can be; a delete is
   * inserted again; of an update, the columns that it changed get their old values.
   */
  async revert(change: Pick<AuditChange, 'id' | 'at'>, options: RevertOptions = {}): Promise<void> {
    const row = await this.pages.rowOf(change);
    const table = this.reader.tableOf(row);
    const [found] = this.reader.read(table ? [row] : []);
    if (!table || !found) throw noTable(change);
    await new ChangeRevert(table, row, found, checkedObject('options', options)).run();
  }

  /** What happened in a time. */
  async between(question: AuditQuestion = {}, page: AuditPageOptions = {}): Promise<AuditPage> {
    return this.pages.page(question, page);
  }
}

function noTable({ id }: Pick<AuditChange, 'id'>): RevertRefusedError {
  return new RevertRefusedError({
    problem: `The change ${id} was not taken back: it is about no table of this data source`,
    mend: 'Revert changes of rows, with the data source that has their entities',
    given: { change: id },
  });
}
