import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { checkedReason } from '../../context/scope-input.js';
import { TenantContext } from '../../context/tenant-context.js';
import { tenantColumnOf } from '../../entities/entity-classification.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { quoteLiteral } from '../../schema/sql.js';
import { checkedRowId } from '../seal/row-id.js';

/** What the log has kept of one row of the application. */
export interface ErasedEntity {
  readonly entity: EntityTarget<ObjectLiteral>;
  /** Its primary key without the tenant: the value, or each by its property. */
  readonly id: string | number | Readonly<Record<string, unknown>>;
  /** Default: the tenant of the work in hand. A row that belongs to no tenant needs none. */
  readonly tenantId?: string;
}

/** Rows of the log itself by their ids, or all that there are about one row of the application. */
export type AuditErasureTarget = readonly string[] | ErasedEntity;

interface FoundRow {
  readonly id: string;
  readonly at: Date;
}

const ROWS_A_CALL = 5_000;

/** Takes values out of the audit log for good, as the law may ask; the seals still hold. System work. */
export class AuditErasure {
  constructor(private readonly source: DataSource) {}

  /** Answers with the number of rows whose values are gone. What has no values left is passed over. */
  async erase(target: AuditErasureTarget, reason: string): Promise<number> {
    const why = checkedReason(reason);
    const condition = Array.isArray(target)
      ? byIds(target)
      : this.byEntity((target ?? {}) as ErasedEntity);
    return TenantContext.runAsSystem(`erasure in the audit log: ${why}`.slice(0, 500), () =>
      this.source.transaction(async () => {
        let erased = 0;
        for (const rows of await this.rowsOf(condition)) erased += await this.call(rows, why);
        return erased;
      }),
    );
  }

  private async rowsOf({ where, values }: Condition): Promise<FoundRow[][]> {
    const rows = await this.source.query<FoundRow[]>(
      `SELECT id::text AS id, at FROM audit_logs WHERE ${where} AND diff IS NOT NULL ORDER BY id`,
      [...values],
    );
    const calls: FoundRow[][] = [];
    for (let at = 0; at < rows.length; at += ROWS_A_CALL)
      calls.push(rows.slice(at, at + ROWS_A_CALL));
    return calls;
  }

  private async call(rows: readonly FoundRow[], why: string): Promise<number> {
    const times = rows.map((row) => row.at.getTime());
    const [since, until] = [Math.min(...times), Math.max(...times)].map((time) => new Date(time));
    const [answer] = await this.source.query<{ erased: number }[]>(
      'SELECT rowguard_audit_erase($1::bigint[], $2, $3, $4)::float8 AS erased',
      [rows.map((row) => row.id), since, until, why],
    );
    return answer?.erased ?? 0;
  }

  private byEntity({ entity, id, tenantId }: ErasedEntity): Condition {
    const metadata = this.metadataOf(entity);
    const own = tenantColumnOf(metadata) !== undefined;
    const tenant = tenantId ?? TenantContext.current()?.tenantId;
    if (own && tenant === undefined) {
      throw new InvalidInputError({
        problem: `It is not said whose ${metadata.name} is meant`,
        mend: 'Give tenantId, or erase in the work of the tenant',
      });
    }
    const { columns, values } = keyOf(metadata, id);
    const cells = columns.map((column, at) => {
      // Written as the log has it: a number that the driver knows as text is a number there.
      const type = this.source.driver.normalizeType(column);
      return `${quoteLiteral(column.databaseName)}, to_jsonb(CAST($${at + 2}::text AS ${type}))`;
    });
    const key = `jsonb_build_object(${cells.join(', ')})`;
    // The hash is for the index; others may share it.
    const where = `key_hash = hashtextextended($1::text || ${key}::text, 0) AND table_name = $1 AND pk = ${key}`;
    const row = [metadata.tableName, ...values];
    if (!own) return { where, values: row };
    return { where: `${where} AND tenant_id = $${row.length + 1}`, values: [...row, tenant] };
  }

  private metadataOf(entity: EntityTarget<ObjectLiteral>): EntityMetadata {
    if (entity !== undefined && entity !== null && this.source.hasMetadata(entity)) {
      return this.source.getMetadata(entity);
    }
    throw new InvalidInputError({
      problem: 'What is to be erased is neither a list of ids nor an entity of this data source',
      mend: "Give ['4711'], the ids of rows of the log, or { entity: Note, id, tenantId }",
    });
  }
}

interface Condition {
  readonly where: string;
  readonly values: readonly unknown[];
}

function byIds(ids: readonly unknown[]): Condition {
  return { where: 'id = ANY($1::bigint[])', values: [ids.map(checkedRowId)] };
}

interface RowKey {
  readonly columns: readonly ColumnMetadata[];
  readonly values: readonly string[];
}

/** Without the tenant. */
function keyOf(metadata: EntityMetadata, id: unknown): RowKey {
  const tenant = tenantColumnOf(metadata);
  const columns = metadata.primaryColumns.filter((column) => column !== tenant);
  const isObject = typeof id === 'object' && id !== null;
  const given = isObject ? columns.map((one) => (id as RowValues)[one.propertyName]) : [id];
  const values = given.filter((value) => typeof value === 'string' || typeof value === 'number');
  if (values.length === columns.length) return { columns, values: values.map(String) };
  throw new InvalidInputError({
    problem: `This is no primary key of ${metadata.name}`,
    mend: `Give ${columns.map((column) => column.propertyName).join(', ')} as text or number`,
  });
}

type RowValues = Readonly<Record<string, unknown>>;
