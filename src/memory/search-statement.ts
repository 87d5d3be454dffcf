import type { Walls } from '../context/walls.js';
import { type CheckedSearch, DISTANCES, type Distance } from './memory-search.js';

/** What the statements are about: names from the metadata, quoted. */
export interface SearchedTable {
  readonly path: string;
  readonly columns: readonly string[];
  readonly walls: Walls;
}

const FIRST_LOOK = 200;
const FARTHEST_LOOK = 1_000;
const LOOK_FOR_EACH = 4;
const TAKEN_FOR_EACH = 2;

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
  exact(when?: string): string {
    const distance = `"embedding" ${this.operator} $2::vector`;
    return this.nearest(distance, this.search.limit, when);
  }

  /**
   * The index is of the vectors of one length, and so is what is compared. `full` tells whether it
   * went on until enough was found.
   */
  byIndex(when?: string): string {
    const type = `vector(${this.search.dimensions})`;
    const distance = `"embedding"::${type} ${this.operator} $2::${type}`;
    const found = this.nearest(distance, this.search.limit * TAKEN_FOR_EACH, when);
    // Plus 0, since the planner believes that the index has sorted it already.
    return `SELECT ${this.table.columns.join(', ')}, "distance", count(*) OVER () = ${this.search.limit * TAKEN_FOR_EACH} AS "full" FROM (${found}) AS taken ORDER BY "distance" + 0 LIMIT ${this.search.limit}`;
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
  (${this.exact('chosen."few"')})
  UNION ALL
  (${this.byIndex('NOT chosen."few"')})
) AS found ON true ORDER BY found."distance"`;
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

  private nearest(distance: string, limit: number, when?: string): string {
    const condition = when === undefined ? this.condition : `${when} AND ${this.condition}`;
    return `SELECT ${this.table.columns.join(', ')}, ${distance} AS "distance", true AS "full"
  FROM ${this.table.path} WHERE ${condition} ORDER BY ${distance} LIMIT ${limit}`;
  }

  /**
   * Goes on until enough rows of the tenant are found. In strict order the index would drop what it
   * comes upon late, and with it one in twenty of the nearest. So more is taken than was asked for,
   * and put in order afterwards.
   */
  private settings(): string {
    const look = Math.min(FARTHEST_LOOK, Math.max(FIRST_LOOK, this.search.limit * LOOK_FOR_EACH));
    return `set_config('hnsw.iterative_scan', 'relaxed_order', true) AS "order", set_config('hnsw.ef_search', '${look}', true) AS "look"`;
  }

  private get operator(): string {
    return DISTANCES[this.search.distance];
  }
}
