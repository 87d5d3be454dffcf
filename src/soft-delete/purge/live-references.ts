import type { DataSource, EntityMetadata } from 'typeorm';
import { qualified } from '../../schema/table-plan.js';
import { type PurgeTable, defaultSchemaOf } from './purge-table.js';

/** A foreign key as the database has it, which may be more than the entities say. */
export interface LiveReference {
  /** The number of the table that is referred to. */
  readonly parent: number;
  /** The number of the table that refers; undefined: its rows stay, whatever they are. */
  readonly child: number | undefined;
  readonly table: string;
  readonly path: string;
  readonly columns: readonly string[];
  readonly named: readonly string[];
  /** Undefined rights: what refers to a row cannot be seen, so every row counts as referred to. */
  readonly isReadable: boolean;
}

export interface LiveFacts {
  /** By the clock of the database. */
  readonly now: string;
  /** The table of the holds, if there is one. */
  readonly holds: string | undefined;
  readonly references: readonly LiveReference[];
}

interface CatalogReference {
  readonly parent: number;
  readonly schema: string;
  readonly table: string;
  readonly onDelete: string;
  readonly columns: readonly string[];
  readonly named: readonly string[];
  readonly isReadable: boolean;
}

const HOLDS = 'retention_holds';

const names = (table: string, key: string) =>
  `(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(${key}) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`;

/** Of a partitioned table the key of the whole counts, and not what each partition inherits. */
const FACTS = `
SELECT now()::text AS now, to_regclass($2) IS NOT NULL AS "hasHolds",
  coalesce((SELECT json_agg(json_build_object('parent', t.place - 1, 'schema', n.nspname, 'table', r.relname,
    'onDelete', c.confdeltype, 'columns', ${names('c.conrelid', 'c.conkey')}, 'named', ${names('c.confrelid', 'c.confkey')},
    'isReadable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(r.oid, 'SELECT')) ORDER BY t.place, c.conname)
  FROM unnest($1::text[]) WITH ORDINALITY AS t(name, place)
  JOIN pg_constraint c ON c.contype = 'f' AND c.confrelid = to_regclass(t.name) AND c.conparentid = 0
  JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace), '[]') AS references`;

/** Everything that a run has to know of the database, in one question. */
export async function liveFacts(
  source: DataSource,
  tables: readonly PurgeTable[],
): Promise<LiveFacts> {
  const holds = qualified({ schema: defaultSchemaOf(source), table: HOLDS });
  const [facts] = await source.query<
    { now: string; hasHolds: boolean; references: readonly CatalogReference[] }[]
  >(FACTS, [tables.map((table) => table.path), holds]);
  const keys = facts?.references ?? [];
  return {
    now: facts?.now ?? '',
    holds: facts?.hasHolds ? holds : undefined,
    references: keys
      .filter((key) => keeps(source, key))
      .map(({ parent, schema, table, columns, named, isReadable }) => ({
        parent,
        child: numberOf(tables, schema, table),
        table,
        path: qualified({ schema, table }),
        columns,
        named,
        isReadable,
      })),
  };
}

/**
 * SET NULL and SET DEFAULT let the row go, as they say. CASCADE would take rows along that nobody
 * deleted; of a join table that is what is meant: it says who is linked, and one of both is gone.
 */
function keeps(source: DataSource, { schema, table, onDelete }: CatalogReference): boolean {
  if (onDelete === 'n' || onDelete === 'd') return false;
  if (onDelete !== 'c') return true;
  const isThis = (one: EntityMetadata) =>
    one.tableName === table && (one.schema ?? defaultSchemaOf(source)) === schema;
  return !source.entityMetadatas.some((one) => one.tableType === 'junction' && isThis(one));
}

function numberOf(
  tables: readonly PurgeTable[],
  schema: string,
  table: string,
): number | undefined {
  const at = tables.findIndex((one) => one.schema === schema && one.table === table);
  return at < 0 ? undefined : at;
}
