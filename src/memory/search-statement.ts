import type { Walls } from '../context/walls.js';
import { type CheckedSearch, DISTANCES, type Distance } from './memory-search.js';

/** What the statements are about: names from the metadata, quoted. */
export interface SearchedTable {
  readonly path: string;
  readonly columns: readonly string[];
  readonly walls: Walls;
}

const FIRST_LOOK = 100;
const FARTHEST_LOOK = 1_000;
const LOOK_FOR_EACH = 4;

/** The index of one length and distance; the same name for whoever creates it. */
export function indexName(dimensions: number, distance: Distance): string {
  return `ix_conversation_memory_embedding_${dimensions}_${distance}`;
}

/**
 * The statements of one search; `$1` is the tenant. Numbers that PostgreSQL has to know when it
 * plans, and that were checked, stand in the text: the length picks the index, the limit the plan.
 */
export class SearchStatement {
  readonly values: readonly unknown[];
  private readonly condition: string;

  constructor(
    private readonly table: SearchedTable,
    private readonly search: CheckedSearch,
  ) {
    const values: unknown[] = [search.vector];
    const conditions = [
      table.walls.predicate ? '"tenant_id" = $1::uuid' : '$1::uuid IS NOT NULL',
      `"dimensions" = ${search.dimensions}`,
      '"deleted_at" IS NULL',
    ];
    const filter = (condition: (at: string) => string, value: unknown) => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(condition(`$${values.length + 1}`));
    };
    filter((at) => `"namespace" = ${at}::text`, search.namespace);
    filter((at) => `"conversation_id" = ${at}::uuid`, search.conversationId);
    filter((at) => `"metadata" @> ${at}::jsonb`, search.metadata);
    this.values = values;
    this.condition = conditions.join(' AND ');
  }

  /** Compares all rows: no index holds the column as it is. */
  exact(): string {
    return this.nearest(`"embedding" ${this.operator} $2::vector`);
  }

  /** In the order of the index. It is of the vectors of one length, and so is what is compared. */
  byIndex(): string {
    return this.nearest(this.indexed());
  }

  /**
   * Counts as far as it matters, and searches one way or the other, in one statement. What the
   * index is told is set before the first row is asked for, and lasts for the transaction.
   */
  auto(): string {
    const { exactUpTo } = this.search;
    return `WITH counted AS MATERIALIZED (
  SELECT count(*) <= ${exactUpTo} AS "few" FROM (
    SELECT 1 FROM ${this.table.path} WHERE ${this.condition} LIMIT ${exactUpTo + 1}) AS "some"
), chosen AS MATERIALIZED (SELECT "few", ${this.settings()} FROM counted)
SELECT chosen."few", found.* FROM chosen LEFT JOIN LATERAL (
  (${this.nearest(`"embedding" ${this.operator} $2::vector`, 'chosen."few"')})
  UNION ALL
  (${this.nearest(this.indexed(), 'NOT chosen."few"')})
) AS found ON true`;
  }

  /** For a search that has to go by the index: answers whether there is one, and what was set. */
  prepare(): string {
    const index = `'${indexName(this.search.dimensions, this.search.distance)}'`;
    return `SELECT $1::uuid AS "tenant", to_regclass(${index}) IS NOT NULL AS "exists",
  current_setting('enable_sort') AS "sorts", ${this.settings()}, set_config('enable_sort', 'off', true)`;
  }

  /** `$2`: what was set before, for the rest of a transaction that is not ours. */
  settle(): string {
    return `SELECT $1::uuid AS "tenant", set_config('enable_sort', $2::text, true)`;
  }

  private indexed(): string {
    const type = `vector(${this.search.dimensions})`;
    return `"embedding"::${type} ${this.operator} $2::${type}`;
  }

  private nearest(distance: string, when?: string): string {
    const condition = when === undefined ? this.condition : `${when} AND ${this.condition}`;
    return `SELECT ${this.table.columns.join(', ')}, ${distance} AS "distance"
  FROM ${this.table.path} WHERE ${condition} ORDER BY ${distance} LIMIT ${this.search.limit}`;
  }

  /** Goes on until enough rows of the tenant are found, and answers them in the right order. */
  private settings(): string {
    const look = Math.min(FARTHEST_LOOK, Math.max(FIRST_LOOK, this.search.limit * LOOK_FOR_EACH));
    return `set_config('hnsw.iterative_scan', 'strict_order', true) AS "order", set_config('hnsw.ef_search', '${look}', true) AS "look"`;
  }

  private get operator(): string {
    return DISTANCES[this.search.distance];
  }
}
