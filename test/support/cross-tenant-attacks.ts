import type { EntityMetadata } from 'typeorm';
import { type RowguardDataSource, TenantContext, getSqlState } from 'nestjs-rowguard';
import { classOf, isAppendOnly } from '../../src/entities/entity-classification.js';
import { type Cells, type RowFactory, encoded, quoted } from './row-factory.js';
import { ACME, GLOBEX } from './shop.js';

/** What one attack came to: nothing, or rows that it read or wrote. */
export interface AttackResult {
  readonly table: string;
  readonly attack: string;
  /** Rows that it reached; a refusal counts as none. */
  readonly reached: number;
  /** The name of the refusal. */
  readonly refusedBy: string | undefined;
}

type Attack = (target: Target) => Promise<{ affected?: number } | readonly unknown[]>;

interface Target {
  readonly source: RowguardDataSource;
  readonly metadata: EntityMetadata;
  readonly table: string;
  /** A row of the other tenant, and the cells of one that could be ours. */
  readonly foreign: Cells;
  readonly ours: Cells;
  readonly fresh: Cells;
  /** By foreign key, a row of ours that refers to one of theirs. */
  readonly astray: ReadonlyMap<string, Cells>;
}

export function tenantTables(source: RowguardDataSource): EntityMetadata[] {
  return source.entityMetadatas.filter(
    (one) => classOf(one) === 'tenant' && one.tableType !== 'view',
  );
}

/** ACME tries to reach a row of GLOBEX in one table, in every way that the metadata suggests. */
export async function attackTable(
  source: RowguardDataSource,
  metadata: EntityMetadata,
  factory: RowFactory,
): Promise<{ attacks: AttackResult[]; before: string }> {
  const target: Target = {
    source,
    metadata,
    table: quoted(metadata.tableName),
    foreign: await factory.insert(metadata, GLOBEX),
    ours: await factory.insert(metadata, ACME),
    fresh: await factory.cells(metadata, ACME),
    astray: await astrayRows(metadata, factory),
  };
  const before = await rowsOf(source, metadata);
  const attacks: AttackResult[] = [];
  const ways = { ...BY_SQL, ...references(target), ...byBuilders(target) };
  for (const [attack, run] of Object.entries(ways)) {
    attacks.push({
      table: metadata.tableName,
      attack,
      ...(await outcome(() => run(target))),
    });
  }
  return { attacks, before };
}

/** Every row of GLOBEX in the table, as one text. */
export async function rowsOf(
  source: RowguardDataSource,
  { tableName }: EntityMetadata,
): Promise<string> {
  const [answer] = await TenantContext.runAsSystem('looking at the rows', () =>
    source.query<{ rows: string }[]>(
      `select coalesce(string_agg(t::text, E'\n' order by t::text), '') as rows from ${quoted(tableName)} t where tenant_id = $1`,
      [GLOBEX],
    ),
  );
  return answer?.rows ?? '';
}

async function outcome(
  work: () => ReturnType<Attack>,
): Promise<Pick<AttackResult, 'reached' | 'refusedBy'>> {
  try {
    const answer = await TenantContext.run({ tenantId: ACME }, work);
    const reached = countOf(answer);
    return { reached, refusedBy: undefined };
  } catch (error) {
    const { name, code } = error as Error & { code?: string };
    return { reached: 0, refusedBy: [name, code, getSqlState(error)].filter(Boolean).join(' ') };
  }
}

/** Rows, the rows and their number as TypeORM answers an UPDATE, or a result that has counted. */
function countOf(answer: Awaited<ReturnType<Attack>>): number {
  if (!Array.isArray(answer)) return (answer as { affected?: number }).affected ?? 0;
  const [rows, affected] = answer as [unknown, unknown];
  return Array.isArray(rows) && typeof affected === 'number' ? affected : answer.length;
}

const BY_SQL: Readonly<Record<string, Attack>> = {
  'reads all rows': ({ source, table }) =>
    source.query(`select 1 from ${table} where tenant_id <> $1`, [ACME]),
  'reads the row by its key': (target) => target.source.query(...keyed('select 1 from', target)),
  'changes the row': (target) =>
    target.source.query(
      ...keyed('update', target, `set ${quoted(anyColumn(target))} = ${quoted(anyColumn(target))}`),
    ),
  'deletes the row': (target) => target.source.query(...keyed('delete from', target)),
  'deletes everything': ({ source, table }) =>
    source.query(`delete from ${table} where tenant_id <> $1 returning 1`, [ACME]),
  'locks the row': (target) => {
    const [sql, values] = keyed('select 1 from', target);
    return target.source.query(`${sql.replace(' returning 1', '')} for update`, values);
  },
  'inserts for the other tenant': (target) =>
    target.source.query(...insertion(target, { ...target.fresh, tenant_id: GLOBEX })),
  'takes the place of the row': (target) => {
    const { source, foreign, metadata } = target;
    const keys = metadata.primaryColumns.map((column) => quoted(column.databaseName)).join(', ');
    const [sql, values] = insertion(target, foreign);
    return source.query(
      sql.replace(
        'returning 1',
        `on conflict (${keys}) do update set tenant_id = excluded.tenant_id returning 1`,
      ),
      values,
    );
  },
  'gives a row of its own away': (target) => {
    const [sql, values] = keyed('update', target, `set tenant_id = '${GLOBEX}'`, target.ours);
    return target.source.query(sql, values);
  },
  'empties the table': ({ source, table }) => source.query(`truncate ${table} cascade`),
};

/** A row of ACME that refers to a row of GLOBEX, for each reference inside the tenant. */
function references(target: Target): Record<string, Attack> {
  return Object.fromEntries(
    [...target.astray].map(([name, cells]) => [
      `refers to it by ${name}`,
      ({ source }) => source.query(...insertion(target, cells)),
    ]),
  );
}

/** Rows that would be right, did they not refer to the other tenant. */
async function astrayRows(
  metadata: EntityMetadata,
  factory: RowFactory,
): Promise<Map<string, Cells>> {
  const rows = new Map<string, Cells>();
  const inside = metadata.foreignKeys.filter(
    (key) => classOf(key.referencedEntityMetadata) === 'tenant' && key.columns.length > 1,
  );
  for (const key of inside) {
    const to = (row: Cells) =>
      Object.fromEntries(
        key.columns
          .map((column, at) => [
            column.databaseName,
            row[key.referencedColumns[at]?.databaseName ?? ''],
          ])
          .filter(([name]) => name !== 'tenant_id'),
      ) as Cells;
    // With a reference of its own first: that finds what the CHECKs ask for beside it.
    const own = await factory.some(key.referencedEntityMetadata, ACME);
    // Where only one row may refer to it, what the CHECKs ask for is known from that one.
    await factory.insert(metadata, ACME, to(own)).catch(() => undefined);
    const foreign = await factory.some(key.referencedEntityMetadata, GLOBEX);
    rows.set(key.name, await factory.cells(metadata, ACME, to(foreign)));
  }
  return rows;
}

/** Through entities, where the predicate stands before the policies. */
function byBuilders({ metadata }: Target): Record<string, Attack> {
  if (metadata.tableType === 'junction') return {};
  const key = ({ foreign }: Target) =>
    Object.fromEntries(
      metadata.primaryColumns
        .filter((column) => column.databaseName !== 'tenant_id')
        .map((column) => [column.propertyName, foreign[column.databaseName]]),
    );
  const attacks: Record<string, Attack> = {
    'finds it through its entity': async (target) =>
      await target.source.manager.findBy(metadata.target, key(target) as never),
    'deletes it through its entity': (target) =>
      target.source.manager.delete(metadata.target, key(target)) as Promise<{ affected?: number }>,
  };
  if (!isAppendOnly(metadata) && metadata.deleteDateColumn) {
    attacks['deletes it softly through its entity'] = (target) =>
      target.source.manager.softDelete(metadata.target, key(target)) as Promise<{
        affected?: number;
      }>;
    attacks['changes it through its entity'] = (target) =>
      target.source.manager.update(metadata.target, key(target), {
        deletedBy: 'acme',
      } as never) as Promise<{ affected?: number }>;
  }
  return attacks;
}

function keyed(
  verb: string,
  { table, metadata, foreign }: Target,
  set = '',
  row = foreign,
): [string, unknown[]] {
  const columns = metadata.primaryColumns.map((column) => column.databaseName);
  const where = columns.map((column, at) => `${quoted(column)} = $${at + 1}`).join(' and ');
  const returning = verb.startsWith('select') ? '' : ' returning 1';
  return [
    `${verb} ${table} ${set} where ${where}${returning}`,
    columns.map((column) => row[column]),
  ];
}

function insertion({ table, metadata }: Target, given: Cells): [string, unknown[]] {
  const generated = metadata.columns.filter((one) => one.generatedType !== undefined);
  const cells = Object.entries(encoded(metadata, given)).filter(
    ([name]) => !generated.some((one) => one.databaseName === name),
  );
  const names = cells.map(([name]) => quoted(name)).join(', ');
  const holes = cells.map((_, at) => `$${at + 1}`).join(', ');
  return [
    `insert into ${table} (${names}) values (${holes}) returning 1`,
    cells.map(([, cell]) => cell),
  ];
}

function anyColumn({ metadata }: Target): string {
  const free = metadata.columns.find((column) => !column.isPrimary);
  return (free ?? metadata.primaryColumns.at(-1))?.databaseName ?? 'tenant_id';
}
