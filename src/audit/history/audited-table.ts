import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { checkedTenantId } from '../../context/scope-input.js';
import { isUuid } from '../../context/uuid.js';
import { TENANT_PROPERTY } from '../../entities/base-columns.js';
import { tenantColumnOf } from '../../entities/entity-classification.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { refuseForeignTenant } from '../../predicate/confine.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';
import { tenantInHand } from '../audit-statement.js';
import type { AuditedSource } from '../audited-source.js';

/** A single key as it is; several, or one of another tenant in system work, by property. */
export type AuditKey = string | number | bigint | Date | Readonly<Record<string, unknown>>;

/** A key as the statements take it. */
export interface RowKey {
  /** By column, as JSON; the database brings each value into its own form. */
  readonly json: string;
  /** Undefined: system work that named none. */
  readonly tenantId: string | undefined;
}

/** An entity as the audit log knows it: by the names of its table and columns. */
export class AuditedTable {
  readonly schema: string;
  readonly table: string;
  /** Quoted, with its schema. */
  readonly place: string;
  readonly tenantColumn: ColumnMetadata | undefined;
  /** The primary key without the tenant. */
  readonly keyColumns: readonly ColumnMetadata[];

  constructor(
    readonly source: AuditedSource,
    readonly metadata: EntityMetadata,
  ) {
    this.schema = metadata.schema ?? source.schemaName;
    this.table = metadata.tableName;
    this.place = `${quoteName(this.schema)}.${quoteName(this.table)}`;
    this.tenantColumn = tenantColumnOf(metadata);
    this.keyColumns = metadata.primaryColumns.filter((column) => column !== this.tenantColumn);
  }

  static of(source: AuditedSource, entity: EntityTarget<ObjectLiteral>): AuditedTable {
    if (entity && source.hasMetadata(entity)) {
      return new AuditedTable(source, source.getMetadata(entity));
    }
    const name = typeof entity === 'function' ? entity.name : 'What was given';
    throw new InvalidInputError({
      problem: `${name} is no entity of this data source`,
      mend: 'Pass the class of an entity, or its name',
    });
  }

  /** How its changes are remembered; not at all is an error. */
  get plan(): AuditPlan {
    const { schema, table, metadata } = this;
    const plan = this.source.auditPlans.find((one) => one.schema === schema && one.table === table);
    if (plan) return plan;
    throw new InvalidInputError({
      problem: `${metadata.name} is not audited`,
      mend: 'Put @Audited() on the class; the log tells what happens from then on',
      given: { entity: metadata.name },
    });
  }

  /** Names of the key columns. */
  get keyNames(): string[] {
    return this.keyColumns.map((column) => column.databaseName);
  }

  /** `pk` of the log, from a row of the table with this alias. */
  keyOf(alias: string): string {
    const parts = this.keyNames.map(
      (name) => `${quoteLiteral(name)}, to_jsonb(${alias}.${quoteName(name)})`,
    );
    return `jsonb_build_object(${parts.join(', ')})`;
  }

  /** `pk` of the log, from a key as JSON. */
  keyFrom(json: string): string {
    return `(SELECT ${this.keyOf('asked')} FROM ${this.rowFrom(json)} asked)`;
  }

  rowFrom(json: string): string {
    return `jsonb_populate_record(CAST(NULL AS ${this.place}), CAST(${json} AS jsonb))`;
  }

  /** The column that a property is kept in; a reference by its join column. */
  columnNamed(databaseName: string): ColumnMetadata | undefined {
    const known = this.metadata.columns.filter((one) => one.databaseName === databaseName);
    return known.find((one) => !one.isVirtual) ?? known[0];
  }

  propertyNamed(databaseName: string): string {
    return this.columnNamed(databaseName)?.propertyPath ?? databaseName;
  }

  rowKey(key: AuditKey): RowKey {
    const given = this.keyByProperty(key);
    const tenantId = this.tenantOf(given[TENANT_PROPERTY]);
    const known = this.keyColumns.map((column) => column.propertyPath);
    const stray = Object.keys(given).find(
      (name) => !known.includes(name) && !(this.tenantColumn && name === TENANT_PROPERTY),
    );
    if (stray !== undefined) throw this.noKey(`${stray.slice(0, 60)} is no part of it`);
    const json = this.keyColumns.map((column) => [
      column.databaseName,
      this.keyValue(column, given[column.propertyPath]),
    ]);
    return { json: JSON.stringify(Object.fromEntries(json)), tenantId };
  }

  /** A key that says whose row it is, also in system work. */
  wholeKey(key: AuditKey): RowKey {
    const whole = this.rowKey(key);
    if (whole.tenantId !== undefined || !this.tenantColumn) return whole;
    throw this.noKey('system work has to say of which tenant');
  }

  /** The columns of a key, and of its tenant. */
  rowOf({ json, tenantId }: RowKey): object {
    const key = JSON.parse(json) as object;
    return this.tenantColumn ? { ...key, [this.tenantColumn.databaseName]: tenantId } : key;
  }

  private keyByProperty(key: AuditKey): Readonly<Record<string, unknown>> {
    if (isRecord(key)) return key;
    const [only, ...more] = this.keyColumns;
    if (only && more.length === 0) return { [only.propertyPath]: key };
    throw this.noKey('it has several parts');
  }

  /** A tenant may name itself; system work has to say whose row it means, where it means one. */
  private tenantOf(given: unknown): string | undefined {
    const tenantId = tenantInHand();
    if (tenantId === undefined) return given === undefined ? undefined : checkedTenantId(given);
    if (this.tenantColumn && given !== undefined) {
      refuseForeignTenant(this.metadata, given, tenantId);
    }
    return tenantId;
  }

  private keyValue(column: ColumnMetadata, given: unknown): unknown {
    const isUsable = given instanceof Date ? !Number.isNaN(given.getTime()) : isScalar(given);
    if (!isUsable) throw this.noKey(`${column.propertyPath} is missing, or no single value`);
    if (column.type === 'uuid' && !isUuid(given)) {
      throw this.noKey(`${column.propertyPath} is no UUID`);
    }
    const value: unknown = this.source.driver.preparePersistentValue(given, column);
    if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
    return typeof value === 'bigint' ? String(value) : value;
  }

  private noKey(why: string): InvalidInputError {
    const parts = this.keyColumns.map((column) => column.propertyPath);
    return new InvalidInputError({
      problem: `This is no key of ${this.metadata.name}: ${why}`,
      mend: `Pass ${parts.length === 1 ? `its ${parts[0]}` : `an object of ${parts.join(', ')}`}${this.tenantColumn ? '; system work adds the tenantId' : ''}`,
      given: { entity: this.metadata.name },
    });
  }
}

function isRecord(key: unknown): key is Readonly<Record<string, unknown>> {
  return (
    typeof key === 'object' &&
    key !== null &&
    !Array.isArray(key) &&
    !(key instanceof Date) &&
    !Buffer.isBuffer(key)
  );
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value !== '' && !value.includes('\0');
  return typeof value === 'bigint' || typeof value === 'boolean' || Buffer.isBuffer(value);
}
