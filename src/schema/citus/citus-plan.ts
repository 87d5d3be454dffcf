import type { EntityMetadata } from 'typeorm';
import { classOf } from '../../entities/entity-classification.js';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import type { Finding } from '../finding.js';
import { quoteLiteral, quoteName } from '../sql.js';
import { tableRefusals } from './table-refusals.js';

export interface SpreadTable {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'distributed' | 'reference' | 'left';
  readonly why: string;
  /** Undefined: nothing has to be done. */
  readonly statement: string | undefined;
}

export interface CitusPlan {
  /** In an order in which no table refers to one that comes later, unless they refer to each other. */
  readonly tables: readonly SpreadTable[];
  readonly findings: readonly Finding[];
}

/** Triggers that are not told by the metadata, by the names of their tables. */
export type TriggersOf = (table: string) => readonly string[];

/** What would be done with each table on Citus, and what Citus would refuse. */
export function citusPlan(
  metadatas: readonly EntityMetadata[],
  defaultSchema: string,
  triggersOf: TriggersOf,
): CitusPlan {
  const seen = new Set<string>();
  const tables = inOrder(metadatas).filter(
    ({ tablePath }) => !seen.has(tablePath) && seen.add(tablePath),
  );
  const isDistributed = (one: EntityMetadata) => isTable(one) && classOf(one) === 'tenant';
  const [first] = tables.filter(isDistributed);
  return {
    tables: tables.map((one) => {
      const place = { schema: one.schema ?? defaultSchema, table: one.tableName };
      if (!isTable(one)) return leftAlone(place, one);
      return isDistributed(one)
        ? distributed(place, one === first ? undefined : first, defaultSchema)
        : reference(place);
    }),
    findings: tables
      .filter(isTable)
      .flatMap((one) =>
        tableRefusals(one, defaultSchema, isDistributed, triggersOf(one.tableName)),
      ),
  };
}

type Place = Pick<SpreadTable, 'schema' | 'table'>;

function distributed(
  place: Place,
  first: EntityMetadata | undefined,
  defaultSchema: string,
): SpreadTable {
  const beside = first && nameOf({ schema: first.schema ?? defaultSchema, table: first.tableName });
  const colocation = beside === undefined ? '' : `, colocate_with => ${beside}`;
  return {
    ...place,
    kind: 'distributed',
    why: 'its rows belong to tenants; all rows of one tenant end up on one machine',
    statement: `SELECT create_distributed_table(${nameOf(place)}, ${quoteLiteral(TENANT_COLUMN)}${colocation})`,
  };
}

function reference(place: Place): SpreadTable {
  return {
    ...place,
    kind: 'reference',
    why: 'its rows are shared by all tenants; each machine has a copy',
    statement: `SELECT create_reference_table(${nameOf(place)})`,
  };
}

function leftAlone(place: Place, { tableType }: EntityMetadata): SpreadTable {
  return {
    ...place,
    kind: 'left',
    why: `it is a ${tableType}, which follows its tables`,
    statement: undefined,
  };
}

function nameOf({ schema, table }: Place): string {
  return quoteLiteral(`${quoteName(schema)}.${quoteName(table)}`);
}

function isTable(metadata: EntityMetadata): boolean {
  return metadata.tableType !== 'view';
}

function rank(one: EntityMetadata): number {
  return isTable(one) ? Number(classOf(one) === 'tenant') : 2;
}

/** Shared tables first, since tenants refer to them; then whatever is referred to before who refers. */
function inOrder(metadatas: readonly EntityMetadata[]): EntityMetadata[] {
  const waiting = metadatas.toSorted(
    (one, other) => rank(one) - rank(other) || one.tableName.localeCompare(other.tableName),
  );
  const placed: EntityMetadata[] = [];
  const visiting = new Set<string>();
  const place = (one: EntityMetadata): void => {
    if (visiting.has(one.tablePath)) return;
    visiting.add(one.tablePath);
    for (const { referencedEntityMetadata: to } of one.foreignKeys) {
      const known = waiting.find(({ tablePath }) => tablePath === to.tablePath);
      if (known && rank(known) <= rank(one)) place(known);
    }
    placed.push(one);
  };
  for (const one of waiting) place(one);
  return placed;
}
