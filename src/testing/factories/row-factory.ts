import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ForeignKeyMetadata } from 'typeorm/metadata/ForeignKeyMetadata.js';
import { TenantContext } from '../../context/tenant-context.js';
import { classOf } from '../../entities/entity-classification.js';
import { ValidationFailedError } from '../../errors/validation-failed.error.js';
import { getConstraintName, isCheckViolation, isUniqueViolation } from '../../errors/violations.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { quoteName as quoted } from '../../schema/sql.js';
import { type Cells, encoded } from './encoded-cells.js';
import { inCircle, notMade } from './factory-failures.js';
import { cellsFor } from './row-cells.js';

/** Puts a row into the database, and answers what it has become. */
type Write = (cells: Cells) => Promise<Cells>;

const MOST_ATTEMPTS = 200;
const TENANT_COLUMN = 'tenant_id';
/** The row that others refer to, unless it was taken. */
const FIRST = '0.0';

/**
 * Makes rows of any table from its metadata alone: what is required is filled by type and CHECK,
 * and what it refers to is made before. Written as system work, past validation and subscribers.
 */
export class RowFactory {
  private readonly made = new Map<string, Cells>();
  /** By table, what its CHECKs let through at last. */
  private readonly learned = new Map<string, Map<string, number>>();
  private count: number;
  private renewals = 0;

  constructor(
    private readonly source: RowguardDataSource,
    /** For tables whose rules cannot be read from their columns. */
    private readonly given: Readonly<Record<string, Cells>> = {},
    /** Where counting begins: other numbers make other values. */
    seed = 0,
  ) {
    this.count = seed;
  }

  /** A new row, and of what it refers to what is missing. Answers as the database does. */
  insert(
    metadata: EntityMetadata,
    tenantId: string,
    given: Cells = {},
    write?: Write,
  ): Promise<Cells> {
    return TenantContext.runAsSystem('making rows', async () => {
      const row = await this.make(metadata, tenantId, given, [], write);
      const name = nameOf(metadata, tenantId, FIRST);
      if (!this.made.has(name)) this.made.set(name, row);
      return row;
    });
  }

  /** The row that others of the tenant refer to. */
  some(metadata: EntityMetadata, tenantId: string): Promise<Cells> {
    return TenantContext.runAsSystem('making rows', () =>
      this.shared(metadata, tenantId, FIRST, []),
    );
  }

  /** The cells of one more row that could be inserted; only what it refers to is written. */
  cells(metadata: EntityMetadata, tenantId: string, given: Cells = {}): Promise<Cells> {
    const fixed = { ...this.given[metadata.tableName], ...given };
    const turns = new Map([...(this.learned.get(metadata.tableName) ?? []), ['', ++this.renewals]]);
    return TenantContext.runAsSystem('making rows', () =>
      this.plan(metadata, tenantId, fixed, turns),
    );
  }

  private async make(
    metadata: EntityMetadata,
    tenantId: string,
    given: Cells,
    above: readonly EntityMetadata[] = [],
    write: Write = (cells) => this.write(metadata, cells),
  ): Promise<Cells> {
    if (above.includes(metadata)) throw inCircle(metadata);
    const fixed = { ...this.given[metadata.tableName], ...given };
    /** Which of the values that a column could have is tried. */
    const turns = new Map(this.learned.get(metadata.tableName));
    for (let attempt = 1; ; attempt++) {
      const planned = await this.plan(metadata, tenantId, fixed, turns, [...above, metadata]);
      try {
        const row = await write(planned);
        this.learned.set(metadata.tableName, turns);
        return row;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !this.mayTryAgain(metadata, error, turns)) {
          throw notMade(metadata, planned, error);
        }
      }
    }
  }

  private async plan(
    metadata: EntityMetadata,
    tenantId: string,
    given: Cells,
    turns: ReadonlyMap<string, number>,
    above: readonly EntityMetadata[] = [metadata],
  ): Promise<Cells> {
    const tenant = classOf(metadata) === 'tenant' ? { [TENANT_COLUMN]: tenantId } : {};
    const cells: Record<string, unknown> = { ...tenant, ...given };
    for (const [at, key] of metadata.foreignKeys.entries()) {
      if (
        isOptional(key) &&
        !key.columns.some(
          (one) => cells[one.databaseName] !== undefined && one.databaseName !== TENANT_COLUMN,
        )
      )
        continue;
      // Two references to one table lead to two rows: many tables refuse a row that leads to itself.
      const twins = metadata.foreignKeys
        .slice(0, at)
        .filter((one) => one.referencedEntityMetadata === key.referencedEntityMetadata);
      const turn = `${turns.get('') ?? 0}.${twins.length}`;
      await this.refer(key, cells, tenantId, above, turn);
    }
    this.count++;
    for (const column of metadata.columns) {
      const turn = turns.get(column.databaseName);
      if (column.databaseName in cells || (turn === undefined && !isRequired(column))) continue;
      const choices = cellsFor(column, this.count);
      const cell = choices[(turn ?? 0) % choices.length];
      if (cell !== undefined) cells[column.databaseName] = cell;
    }
    return cells;
  }

  /** The row that a reference leads to: one for all that refer, and another one after a collision. */
  private async refer(
    key: ForeignKeyMetadata,
    cells: Record<string, unknown>,
    tenantId: string,
    above: readonly EntityMetadata[],
    turn: string,
  ): Promise<void> {
    const target = key.referencedEntityMetadata;
    const open = key.columns.filter((column) => cells[column.databaseName] === undefined);
    const isTenantItself =
      key.columns.length === 1 && key.columns[0]?.databaseName === TENANT_COLUMN;
    if (isTenantItself) return this.ensureTenant(target, tenantId);
    if (open.length === 0) return;
    const row = await this.shared(target, tenantId, turn, above);
    key.columns.forEach((column, at) => {
      cells[column.databaseName] = row[key.referencedColumns[at]?.databaseName ?? ''];
    });
  }

  private async shared(
    target: EntityMetadata,
    tenantId: string,
    turn: string,
    above: readonly EntityMetadata[],
  ): Promise<Cells> {
    const name = nameOf(target, tenantId, turn);
    const row = this.made.get(name) ?? (await this.make(target, tenantId, {}, above));
    this.made.set(name, row);
    return row;
  }

  private async ensureTenant(target: EntityMetadata, tenantId: string): Promise<void> {
    const [known] = await this.source.query<object[]>(
      `select 1 from ${quoted(target.tableName)} where id = $1`,
      [tenantId],
    );
    if (!known) await this.make(target, tenantId, { id: tenantId });
  }

  private async write(metadata: EntityMetadata, cells: Cells): Promise<Cells> {
    const names = Object.keys(cells);
    const list = names.map(quoted).join(', ');
    const holes = names.map((_, at) => `$${at + 1}`).join(', ');
    const [row] = await this.source.query<Cells[]>(
      `insert into ${quoted(metadata.tableName)} (${list}) values (${holes}) returning *`,
      Object.values(encoded(metadata, cells)),
    );
    return row as Cells;
  }

  /** Another value for the columns that the database has complained of. */
  private mayTryAgain(
    metadata: EntityMetadata,
    error: unknown,
    turns: Map<string, number>,
  ): boolean {
    if (error instanceof ValidationFailedError) {
      const fields = error.fields.map(({ field }) => field);
      const named = metadata.columns.filter((one) => fields.includes(one.propertyPath));
      return this.stepColumns(named, turns);
    }
    const name = getConstraintName(error);
    if (isUniqueViolation(error)) {
      turns.set('', ++this.renewals);
      const condition = metadata.indices.find((one) => one.name === name)?.where ?? '';
      this.step(metadata, condition.replace('"deleted_at" IS NULL', ''), turns);
      return true;
    }
    if (!isCheckViolation(error)) return false;
    const check = metadata.checks.find((one) => one.name === name);
    return this.step(metadata, check?.expression ?? '', turns);
  }

  /** The columns of an expression, counted through like the digits of a number. */
  private step(metadata: EntityMetadata, expression: string, turns: Map<string, number>): boolean {
    const columns = metadata.columns.filter((column) =>
      expression.includes(`"${column.databaseName}"`),
    );
    return this.stepColumns(columns, turns);
  }

  private stepColumns(columns: readonly ColumnMetadata[], turns: Map<string, number>): boolean {
    for (const column of columns) {
      const turn = (turns.get(column.databaseName) ?? 0) + 1;
      const isLast = turn >= cellsFor(column, this.count).length;
      turns.set(column.databaseName, isLast ? 0 : turn);
      if (!isLast) return true;
    }
    return columns.length > 0;
  }
}

function nameOf(metadata: EntityMetadata, tenantId: string, turn: string): string {
  return `${metadata.tableName} ${tenantId} ${turn}`;
}

function isOptional(key: ForeignKeyMetadata): boolean {
  return key.columns.some((column) => column.isNullable);
}

function isRequired(column: ColumnMetadata): boolean {
  return (
    !column.isNullable &&
    column.default === undefined &&
    !column.isGenerated &&
    !column.isCreateDate &&
    !column.isUpdateDate &&
    !column.isVersion
  );
}
