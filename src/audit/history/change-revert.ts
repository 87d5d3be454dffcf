import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { currentScope } from '../../context/unit-store.js';
import type { AuditOperation } from '../../entities/audit/audit-log.entity.js';
import { RevertRefusedError } from '../../errors/revert-refused.error.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import { MASKED } from '../masked.js';
import type { AuditChange } from './audit-change.js';
import type { AuditedTable } from './audited-table.js';
import type { LogRow } from './log-row.js';
import { type StoredDiff, parseStored, propertyValue } from './stored-value.js';

export interface RevertOptions {
  /** Also where the columns of the change were changed again since. */
  readonly force?: boolean;
}

const BY_UPDATE: readonly AuditOperation[] = ['update', 'soft_delete', 'restore'];
const BY_INSERT: readonly AuditOperation[] = ['delete', 'purge'];

/**
 * Takes back one change by the same builders that made it: held to the tenant, validated, and audited
 * as a change of its own.
 */
export class ChangeRevert {
  private readonly diff: StoredDiff;

  constructor(
    private readonly table: AuditedTable,
    private readonly row: LogRow,
    private readonly change: AuditChange,
    private readonly options: RevertOptions,
  ) {
    this.diff = parseStored(row.diff ?? '{}') as StoredDiff;
  }

  async run(): Promise<void> {
    const { op, erased } = this.change;
    if (erased)
      throw this.refused('its values were erased on request', 'Nothing can bring them back');
    if (BY_INSERT.includes(op)) return this.insertAgain();
    if (BY_UPDATE.includes(op)) return this.found(await this.writeBack());
    if (op === 'insert') return this.found(await this.remove());
    throw this.refused(
      `a ${op} changes no single row`,
      'Revert changes of rows: insert, update, delete, soft_delete or restore',
    );
  }

  private async writeBack(): Promise<number> {
    const columns = this.changedColumns();
    if (columns.length === 0) throw this.refused('nothing is left to be written back', 'Leave it');
    const values: ObjectLiteral = {};
    for (const column of columns) this.put(values, column);
    const { affected } = await this.builder()
      .withDeleted()
      .update(this.target)
      .set(values)
      .where(this.key)
      .andWhere(this.isUnchanged(columns), { reverted: this.row.diff })
      .execute();
    return affected ?? 0;
  }

  /** Softly where the entity can be. */
  private async remove(): Promise<number> {
    const { metadata } = this.table;
    const { deleteDateColumn } = metadata;
    const unchanged = this.isUnchanged(metadata.columns.filter((one) => this.isCompared(one)));
    const values = { reverted: this.row.diff };
    if (!deleteDateColumn) {
      const deletion = this.builder().delete().from(this.target).where(this.key);
      return (await deletion.andWhere(unchanged, values).execute()).affected ?? 0;
    }
    const act: ObjectLiteral = { [deleteDateColumn.propertyName]: new Date() };
    if (metadata.findColumnWithPropertyName('deletedBy')) {
      act['deletedBy'] = currentScope()?.actorId ?? null;
    }
    const update = this.builder().update(this.target).set(act).where(this.key);
    return (await update.andWhere(unchanged, values).execute()).affected ?? 0;
  }

  private async insertAgain(): Promise<void> {
    const values: ObjectLiteral = {};
    for (const column of this.knownColumns()) if (column.isInsert) this.put(values, column);
    await this.builder().insert().into(this.target).values(values).execute();
  }

  /** What the database and TypeORM count themselves stays theirs. */
  private changedColumns(): ColumnMetadata[] {
    const columns = this.knownColumns().filter((one) => !this.isKeptByItself(one));
    const fixed = columns.filter((one) => !one.isUpdate);
    if (fixed.length === 0) return columns;
    throw this.refused(
      `${namesOf(fixed)} cannot be updated`,
      'Write a change of its own that makes up for it',
    );
  }

  private knownColumns(): ColumnMetadata[] {
    const columns = Object.keys(this.diff).map((name) => {
      const column = this.table.columnNamed(name);
      if (column) return column;
      throw this.refused(`the entity has no column ${name} any more`, 'Write the values yourself');
    });
    const masked = columns.filter((one) => this.diff[one.databaseName]?.[0] === MASKED);
    if (masked.length === 0) return columns;
    throw this.refused(
      `the log does not hold the values of ${namesOf(masked)}`,
      'Write the values yourself; those of masked properties are nowhere but in the row',
    );
  }

  private isKeptByItself(column: ColumnMetadata): boolean {
    return (
      column.isUpdateDate ||
      column.isVersion ||
      column.generatedType !== undefined ||
      this.plan.ignore.includes(column.databaseName)
    );
  }

  private isCompared(column: ColumnMetadata): boolean {
    const { exclude, mask } = this.plan;
    return (
      !column.isVirtualProperty &&
      !this.isKeptByItself(column) &&
      ![...exclude, ...mask].includes(column.databaseName)
    );
  }

  /** By the values that the database has: those of JavaScript are coarser. */
  private isUnchanged(columns: readonly ColumnMetadata[]): string {
    if (this.options.force === true) return 'true';
    const names = columns.map((column) => column.databaseName);
    const same = names.map(
      (name) =>
        `coalesce(to_jsonb(${quoteName(name)}), 'null') = coalesce(CAST(:reverted AS jsonb) -> ${quoteLiteral(name)} -> 1, 'null')`,
    );
    return same.join(' AND ');
  }

  private async found(affected: number): Promise<void> {
    if (affected > 0) return;
    const isThere = await this.builder()
      .select('found')
      .from(this.target, 'found')
      .withDeleted()
      .where(this.key)
      .getExists();
    throw isThere
      ? this.refused(
          'the row was changed again since',
          'Look at the newer changes; { force: true } overwrites them',
        )
      : this.refused('the row is not there any more', 'Revert its deletion first');
  }

  private put(values: ObjectLiteral, column: ColumnMetadata): void {
    const { source } = this.table;
    const value = propertyValue(source, column, this.diff[column.databaseName]?.[0]);
    const isReference = column.isVirtual && column.relationMetadata !== undefined;
    if (isReference && value === null) values[column.propertyName] = null;
    else column.setEntityValue(values, value);
  }

  private get key(): ObjectLiteral {
    const { tenantColumn } = this.table;
    const owner = tenantColumn ? { [tenantColumn.propertyName]: this.change.tenantId } : {};
    return { ...owner, ...this.change.key };
  }

  private get plan() {
    return this.table.plan;
  }

  private get target(): EntityTarget<ObjectLiteral> {
    const { target, tablePath } = this.table.metadata;
    return target === '' ? tablePath : target;
  }

  private builder() {
    return this.table.source.manager.createQueryBuilder();
  }

  private refused(why: string, mend: string): RevertRefusedError {
    return new RevertRefusedError({
      problem: `The change ${this.change.id} of ${this.change.entity ?? 'no row'} was not taken back: ${why}`,
      mend,
      given: { change: this.change.id, op: this.change.op },
    });
  }
}

function namesOf(columns: readonly ColumnMetadata[]): string {
  return columns.map((column) => column.propertyPath).join(', ');
}
