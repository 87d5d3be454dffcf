import type { EntityMetadata } from 'typeorm';
import type { CapturedTable } from '../../context/built-statement.js';
import type { ChangeCapture, ChangeKind } from '../../predicate/change-capture.js';
import { quoteName } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';
import { upsertRefused } from './refused-writes.js';
import { rowCall } from './row-function.js';

/** The column in which a statement tells what became of a row. */
export const CHANGE_COLUMN = 'rowguard_change';
const LOCKED = '"rowguard_locked"';
const BEFORE = '"rowguard_before"';
const FIRST_WITH_OLD = 18;
/** A table of such a name would be taken for the row before or after. */
const TAKEN = ['old', 'new'];

export interface OrmCaptureOptions {
  readonly schema: string;
  readonly maxRows: number;
  /** As the server says it: 18.1. */
  readonly serverVersion: string;
}

/**
 * Writes into the statements of the query builders what makes them tell how each row was and is.
 * Whatever reads the rows beforehand, without a lock, would miss what others do meanwhile.
 */
export class OrmCapture implements ChangeCapture {
  /** RETURNING knows the row as it was. */
  readonly returnsOld: boolean;

  constructor(
    readonly plans: ReadonlyMap<EntityMetadata, AuditPlan>,
    readonly options: OrmCaptureOptions,
  ) {
    this.returnsOld = Number.parseInt(options.serverVersion, 10) >= FIRST_WITH_OLD;
  }

  tableOf(metadata: EntityMetadata): CapturedTable | undefined {
    return this.plans.get(metadata);
  }

  change(metadata: EntityMetadata, kind: ChangeKind, row: string): string {
    const plan = this.planOf(metadata);
    const whole = `${row}.*`;
    const [before, after] = this.images(plan, kind, whole);
    const call = rowCall(plan, before, after, this.options.maxRows);
    return `${call} AS ${quoteName(CHANGE_COLUMN)}`;
  }

  withLockedRows(
    metadata: EntityMetadata,
    where: string,
    sign: (select: string) => string,
  ): string {
    if (this.knowsOld(this.planOf(metadata))) return where;
    const table = quoteName(metadata.tableName);
    const keys = metadata.primaryColumns.map((one) => `${table}.${quoteName(one.databaseName)}`);
    const named = keys.map((key, at) => `${key} AS ${keyName(at)}`);
    // In the order of the key, so that two updates of the same rows wait rather than block each other.
    const rows = sign(
      `SELECT COALESCE(${table}.*) AS ${BEFORE}, ${named.join(', ')} FROM ${tablePath(metadata)}${where} ORDER BY ${keys.join(', ')} FOR UPDATE`,
    );
    const joined = keys.map((key, at) => `${key} = ${LOCKED}.${keyName(at)}`);
    return ` FROM (${rows}) AS ${LOCKED} WHERE ${joined.join(' AND ')}`;
  }

  private images(plan: AuditPlan, kind: ChangeKind, row: string): [string, string] {
    if (kind === 'insert') return ['NULL', row];
    if (kind === 'delete') return [row, 'NULL'];
    if (this.knowsOld(plan)) return ['old.*', 'new.*'];
    if (kind === 'upsert') throw upsertRefused(plan);
    return [`${LOCKED}.${BEFORE}`, row];
  }

  private knowsOld({ table }: AuditPlan): boolean {
    return this.returnsOld && !TAKEN.includes(table);
  }

  private planOf(metadata: EntityMetadata): AuditPlan {
    return this.plans.get(metadata) as AuditPlan;
  }
}

function keyName(at: number): string {
  return `"rowguard_key_${at}"`;
}

function tablePath({ schema, tableName }: EntityMetadata): string {
  return schema ? `${quoteName(schema)}.${quoteName(tableName)}` : quoteName(tableName);
}
