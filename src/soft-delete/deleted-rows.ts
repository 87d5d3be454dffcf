import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { markBuilt } from '../context/built-statement.js';
import { isUuid } from '../context/uuid.js';
import { tenantColumnOf } from '../entities/entity-classification.js';
import { described } from '../errors/described-value.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { checkRowId } from '../predicate/checked-condition.js';
import type { ActOptions } from '../predicate/delete-acts.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { quoteLiteral, quoteName } from '../schema/sql.js';
import { checkedKeys } from '../validation/checked-keys.js';
import type { ActResult } from './act-result.js';
import { BoundValues } from './purge/bound-values.js';
import { tenantOf } from './purge/purge-scope.js';
import { purgeTable } from './purge/purge-table.js';
import { RowDeletion } from './row-deletion.js';
import type { SoftDeletes } from './soft-deletes.js';

export interface DeletedQuestion {
  /** In system work: of this tenant only. */
  readonly tenantId?: string;
  readonly entity?: EntityTarget<ObjectLiteral>;
  readonly batch?: string;
  /** Default: 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Rows that were deleted together, as far as they are still there. */
export interface DeletedAct {
  /** Null: the rows were deleted by something that knows of no acts. */
  readonly batch: string | null;
  /** Null: the rows are shared. */
  readonly tenantId: string | null;
  readonly at: Date;
  readonly by: string | null;
  readonly reason: string | null;
  /** By entity. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface DeletedActs {
  readonly items: readonly DeletedAct[];
  /** Undefined: that was all. */
  readonly next: string | undefined;
}

type ActingSource = DataSource & { readonly deletes?: SoftDeletes | undefined };

interface FoundAct {
  readonly act: DeletedAct;
  readonly place: string;
}

const LIMIT = 50;
const QUESTION = ['tenantId', 'entity', 'batch', 'limit', 'after'] as const;
const MOST = 1_000;
const CURSOR = /^\d{4}-\d{2}-\d{2} [\d:.+-]{8,30}\|[\da-f-]*\|[\da-f-]*$/;

/** What is deleted and not yet purged: of the tenant in hand, or in system work of all. */
export class DeletedRows {
  constructor(private readonly source: ActingSource) {}

  /** The newest first. */
  async acts(question: DeletedQuestion = {}): Promise<DeletedActs> {
    const {
      limit = LIMIT,
      batch,
      after,
      entity,
      tenantId,
    } = checkedKeys('question', question, QUESTION);
    const tenant = tenantOf(tenantId);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw unclear('limit', limit);
    if (batch !== undefined && !isUuid(batch)) throw unclear('batch', batch);
    const bound = new BoundValues();
    const parts = this.tables(entity)
      .filter((one) => tenant === undefined || tenantColumnOf(one))
      .map((one) => this.partOf(one, tenant, batch, bound));
    if (parts.length === 0) return { items: [], next: undefined };
    const beyond = after === undefined ? '' : ` HAVING ${beyondOf(after, bound)}`;
    const text = `SELECT ${ACT} FROM (${parts.join(' UNION ALL ')}) AS part GROUP BY batch, tenant, alone${beyond}
      ORDER BY ${ORDER} DESC LIMIT ${bound.bind(limit + 1)}`;
    markBuilt(bound.values, { text, tenantId: tenant, confined: true, sharedOnly: false });
    const found = await this.source.query<FoundAct[]>(text, bound.values);
    const items = found.slice(0, limit).map(({ act }) => ({ ...act, at: new Date(act.at) }));
    const last = found.length > limit ? found[limit - 1] : undefined;
    return { items, next: last && Buffer.from(last.place).toString('base64url') };
  }

  /** Brings back everything that one act deleted. */
  async restore(batch: string, options: Pick<ActOptions, 'withParents'> = {}): Promise<ActResult> {
    return this.acting.restoreBatch(
      this.source.manager,
      batch,
      checkedKeys('options', options, ['withParents']),
    );
  }

  /** Brings back one row, with what went with it in the same act. */
  async restoreRow(
    entity: EntityTarget<ObjectLiteral>,
    id: string,
    options: Pick<ActOptions, 'withParents'> = {},
  ): Promise<ActResult> {
    const [metadata] = this.tables(entity);
    if (!metadata) throw unclear('entity', entity);
    checkRowId(metadata, id);
    const deletion = new RowDeletion(this.acting, this.source.manager, metadata);
    const result = await deletion.restore({ id }, checkedKeys('options', options, ['withParents']));
    if (!result.affected) throw notFound(metadata.name);
    return result;
  }

  private get acting(): SoftDeletes {
    const { deletes } = this.source;
    if (deletes) return deletes;
    throw new InvalidInputError({
      problem: 'This data source knows nothing of acts',
      mend: 'Pass one that was made by createDataSource or by DatabaseModule, once it is initialized',
    });
  }

  private partOf(
    metadata: EntityMetadata,
    tenant: string | undefined,
    batch: string | undefined,
    bound: BoundValues,
  ): string {
    const { path, tenantColumn, deletedColumn } = purgeTable(this.source, metadata, 0);
    const at = `dead.${quoteName(deletedColumn)}`;
    const column = (property: string, type: string) => {
      const found = metadata.findColumnWithPropertyName(property)?.databaseName;
      return found === undefined ? `NULL::${type}` : `dead.${quoteName(found)}`;
    };
    const act = column('deleteBatch', 'uuid');
    const whose = tenantColumn ? `dead.${quoteName(tenantColumn)}` : 'NULL::uuid';
    const asked = [
      ...(tenant === undefined ? [] : [` AND ${whose} = ${bound.bind(tenant)}::uuid`]),
      ...(batch === undefined ? [] : [` AND ${act} = ${bound.bind(batch)}::uuid`]),
    ];
    return `SELECT ${quoteLiteral(metadata.name)} AS entity, ${act} AS batch, ${whose} AS tenant, CASE WHEN ${act} IS NULL THEN ${at} END AS alone,
      max(${at}) AS at, min(${column('deletedBy', 'text')}) AS by, min(${column('deleteReason', 'text')}) AS reason, count(*) AS rows
      FROM ${path} dead WHERE ${at} IS NOT NULL${asked.join('')} GROUP BY 2, 3, 4`;
  }

  private tables(entity: DeletedQuestion['entity']): EntityMetadata[] {
    const known = entity === undefined || this.source.hasMetadata(entity);
    const named = entity !== undefined && known ? [this.source.getMetadata(entity)] : [];
    const all = entity === undefined ? this.source.entityMetadatas : named;
    const tables = all.filter((one) => one.deleteDateColumn && one.tableType !== 'view');
    if (entity !== undefined && tables.length === 0) throw unclear('entity', entity);
    return tables.filter(
      (one, at) => tables.findIndex((other) => other.tablePath === one.tablePath) === at,
    );
  }
}

/** Two acts of one moment are told apart by their ids. */
const ORDER = `(max(at), coalesce(batch::text, ''), coalesce(tenant::text, ''))`;
const ACT = `json_build_object('batch', batch, 'tenantId', tenant, 'at', max(at), 'by', min(by), 'reason', min(reason),
      'rows', json_object_agg(entity, rows)) AS act, concat_ws('|', max(at)::text, coalesce(batch::text, ''), coalesce(tenant::text, '')) AS place`;

function beyondOf(after: string, bound: BoundValues): string {
  const place = typeof after === 'string' ? Buffer.from(after, 'base64url').toString() : '';
  if (!CURSOR.test(place)) throw unclear('after', after);
  const [at, batch, tenant] = place.split('|');
  return `${ORDER} < (${bound.bind(at)}::timestamptz, ${bound.bind(batch)}::text, ${bound.bind(tenant)}::text)`;
}

function unclear(name: string, given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `${name} says nothing that could be looked for (given: ${described(given)})`,
    mend: `Ask with any of tenantId, entity, batch (a UUID), limit (1 to ${MOST}) and after (next of the page before)`,
  });
}
