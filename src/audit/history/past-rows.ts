import type { ObjectLiteral } from 'typeorm';
import { AuditGapError } from '../../errors/audit-gap.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { type ConfinedSource, predicateFor } from '../../predicate/confine.js';
import { quoteName } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';
import { AuditStatement, tenantInHand } from '../audit-statement.js';
import type { AuditedTable, RowKey } from './audited-table.js';
import { LineOfLife, type AuditMoment, type Told } from './line-of-life.js';
import { checkChange } from './log-pages.js';
import type { RowAsOf } from './row-as-of.js';
import type { AuditedSource } from '../audited-source.js';

const LIVE = 'rowguard:live';
const ENDS = ['delete', 'purge', 'truncate', 'moved'];

type Answer = Told & ObjectLiteral;

/** Tells how one row of an audited table was. */
export class PastRows<Entity extends ObjectLiteral> {
  private readonly plan: AuditPlan;
  private readonly hiddenColumns: readonly string[];

  constructor(
    private readonly source: AuditedSource,
    private readonly table: AuditedTable,
  ) {
    this.plan = table.plan;
    this.hiddenColumns = [...new Set([...this.plan.exclude, ...this.plan.mask])];
  }

  /** Null if there was no such row. One statement, and a second where the table was emptied since. */
  async asOf(key: RowKey, moment: AuditMoment): Promise<RowAsOf<Entity> | null> {
    this.requireWholeLog();
    checkMoment(moment);
    const back = await this.ask(key, moment, 'backward');
    const edge = back['rowguard:edge'];
    // Whatever had the key before is another row: it was given another key since.
    if (edge === 'insert') return null;
    if (edge === 'truncate' || (edge === null && !back['rowguard:alive'])) {
      return this.fromItsInsert(key, moment, back['rowguard:changes'] > 0);
    }
    return this.told(back, moment);
  }

  private async fromItsInsert(
    key: RowKey,
    moment: AuditMoment,
    wasThere: boolean,
  ): Promise<RowAsOf<Entity> | null> {
    const onward = await this.ask(key, moment, 'forward');
    const edge = onward['rowguard:edge'];
    if (edge === 'insert') return this.told(onward, moment);
    if (edge !== null && ENDS.includes(edge)) return null;
    if (!wasThere && onward['rowguard:changes'] === 0) return null;
    throw this.gap('neither its insert nor what became of it is there');
  }

  private async ask(
    key: RowKey,
    moment: AuditMoment,
    direction: 'backward' | 'forward',
  ): Promise<Answer> {
    const statement = new AuditStatement(this.source.manager);
    const line = new LineOfLife(statement, this.table, key, moment);
    const live = this.liveRows(statement, key);
    const text = line[direction](this.hiddenColumns, live);
    const [answer] = await statement.send<Answer>(text);
    if (!answer) throw this.gap('the key is none');
    if (answer['rowguard:erased']) throw this.gap('values were erased from it on request');
    return answer;
  }

  /** Held to the tenant as every statement on the table is, whichever wall stands. */
  private liveRows(statement: AuditStatement, { tenantId }: RowKey): string {
    if (tenantId !== undefined && this.table.tenantColumn) {
      const column = quoteName(this.table.tenantColumn.databaseName);
      return `${quoteName(LIVE)}.${column} = ${statement.bind(tenantId)}`;
    }
    const builder = { escape: quoteName } as Parameters<typeof predicateFor>[0];
    const source = this.source as unknown as ConfinedSource;
    return predicateFor(builder, source, this.table.metadata, LIVE) ?? 'true';
  }

  private told(answer: Answer, moment: AuditMoment): RowAsOf<Entity> | null {
    const { metadata, source } = this.table;
    const masked = [...this.hiddenColumns, ...answer['rowguard:masked']];
    const row = metadata.create() as Entity;
    for (const column of metadata.columns) {
      if (!(column.databaseName in answer)) continue;
      const isHidden = masked.includes(column.databaseName);
      const value: unknown = isHidden
        ? undefined
        : source.driver.prepareHydratedValue(answer[column.databaseName], column);
      if (value !== undefined || isHidden) column.setEntityValue(row, value);
    }
    // The log begins later than the row, and what it was before is not known: but not older than itself.
    const made: unknown = metadata.createDateColumn?.getEntityValue(row);
    if (made instanceof Date && made > timeOf(moment)) return null;
    return { row, hidden: this.properties(masked), uncertain: this.properties(this.plan.ignore) };
  }

  private properties(columns: readonly string[]): string[] {
    return [...new Set(columns.map((name) => this.table.propertyNamed(name)))];
  }

  /** A reader that sees a part of the changes would put together a row that never was. */
  private requireWholeLog(): void {
    const { tenantColumn, metadata } = this.table;
    if (tenantColumn || tenantInHand() === undefined) return;
    throw new InvalidInputError({
      problem: `A ${metadata.name} is shared, and a tenant sees only its own changes of it`,
      mend: 'Ask inside TenantContext.runAsSystem(reason, work)',
      given: { entity: metadata.name },
    });
  }

  private gap(why: string): AuditGapError {
    return new AuditGapError({
      problem: `The audit log does not tell how this ${this.table.metadata.name} was: ${why}`,
      mend: 'Read the changes that are left with AuditHistory.of, or ask for a time after the gap',
      given: { entity: this.table.metadata.name },
    });
  }
}

function checkMoment(moment: unknown): asserts moment is AuditMoment {
  if (!(moment instanceof Date)) return checkChange(moment);
  if (!Number.isNaN(moment.getTime())) return;
  throw new InvalidInputError({
    problem: 'This is no moment',
    mend: 'Pass a valid Date, or a change that AuditHistory has answered with',
  });
}

function timeOf(moment: AuditMoment): Date {
  return moment instanceof Date ? moment : moment.at;
}
