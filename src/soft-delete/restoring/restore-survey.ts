import type { EntityManager, EntityMetadata } from 'typeorm';
import { currentScope } from '../../context/unit-store.js';
import { classOf } from '../../entities/entity-classification.js';
import { stateOf } from '../../predicate/deletion-form.js';
import { quoteName } from '../../schema/sql.js';
import {
  type ActBuilder,
  OWNER,
  inOneAct,
  isOwnedBy,
  restorationOf,
  tablePath,
} from '../act-sql.js';
import { type DeletePlan, isSameTable } from '../delete-plan.js';
import type { OwnerReference } from '../owner-reference.js';

export const OF_THESE_ACTS = '"delete_batch" = ANY(:rowguard_batches)';

/** Rows of the acts that stand below an owner which another act deleted. */
export interface Stranded {
  readonly reference: OwnerReference;
  /** How many of them did not come along with anything: the act began with them. */
  readonly roots: number;
  readonly followers: number;
  /** The acts that deleted the owners of the roots; null where nobody knows of one. */
  readonly batches: readonly (string | null)[];
}

export interface Survey {
  readonly rows: ReadonlyMap<EntityMetadata, number>;
  readonly stranded: readonly Stranded[];
}

interface Answer {
  readonly kind: 'rows' | 'stranded';
  readonly at: number;
  readonly roots: number;
  readonly followers: number;
  readonly batches: (string | null)[] | null;
}

const CHILD = '"rowguard_child"';

/** What acts left behind, asked in one statement. */
export class RestoreSurvey {
  readonly tables: readonly EntityMetadata[];
  readonly references: readonly OwnerReference[];

  constructor(
    private readonly plan: DeletePlan,
    tables: readonly EntityMetadata[],
  ) {
    this.tables = tables.filter((one, at) => at === 0 || isInReach(one));
    this.references = this.tables.flatMap((child) => reachableOwners(plan, child));
  }

  async ask(manager: EntityManager, batches: readonly string[]): Promise<Survey> {
    const [first] = this.tables;
    const builder = restorationOf(manager, first as EntityMetadata);
    builder.setParameters({ rowguard_batches: batches });
    const { records } = await builder.send(() => this.text(builder));
    const answers = records as unknown as Answer[];
    const ofKind = (kind: Answer['kind']) => answers.filter((one) => one.kind === kind);
    return {
      rows: new Map(
        ofKind('rows').map((one) => [this.tables[one.at] as EntityMetadata, one.roots]),
      ),
      stranded: ofKind('stranded').map(({ at, roots, followers, batches: of }) => ({
        reference: this.references[at] as OwnerReference,
        roots,
        followers,
        batches: of ?? [],
      })),
    };
  }

  private text(builder: ActBuilder): string {
    const tables = this.tables.map((table, at) => {
      const condition = builder.confined(table, 'rowguard_child', `${CHILD}.${OF_THESE_ACTS}`);
      return builder.signed(
        `SELECT 'rows' AS "kind", ${at} AS "at", count(*)::int AS "roots", 0 AS "followers", NULL::text[] AS "batches" FROM ${tablePath(table)} AS ${CHILD} WHERE ${condition} AND ${isGone(table, CHILD)} HAVING count(*) > 0`,
      );
    });
    const stranded = this.references.map((one, at) => this.strandedBy(builder, one, at));
    return [...tables, ...stranded].join(' UNION ALL ');
  }

  private strandedBy(builder: ActBuilder, reference: OwnerReference, at: number): string {
    const { child, owner } = reference;
    const join = builder.confined(owner, 'rowguard_owner', isOwnedBy(reference, CHILD, OWNER));
    const found = builder.signed(
      `SELECT ${OWNER}."delete_batch"::text AS "batch", ${this.cameAlong(builder, child)} AS "follows" FROM (${this.strandedRows(builder, reference)}) AS ${CHILD} JOIN ${tablePath(owner)} AS ${OWNER} ON ${join}`,
    );
    return builder.signed(
      `SELECT 'stranded', ${at}, (count(*) FILTER (WHERE NOT "follows"))::int, (count(*) FILTER (WHERE "follows"))::int, array_agg(DISTINCT "batch") FILTER (WHERE NOT "follows") FROM (${found}) AS "rowguard_found" HAVING count(*) > 0`,
    );
  }

  /**
   * PostgreSQL takes the rows of an act for one, and would look through the deleted owners for each of a
   * hundred thousand: the owners are hashed once, and what OFFSET 0 holds together stays so.
   */
  private strandedRows(builder: ActBuilder, { child, owner, columns }: OwnerReference): string {
    const gone = builder.confined(owner, 'rowguard_owner', isOfAnotherAct(owner));
    const keys = columns.map(({ owned }) => `${OWNER}.${quoteName(owned)}`).join(', ');
    const owners = builder.signed(
      `SELECT ${keys} FROM ${tablePath(owner)} AS ${OWNER} WHERE ${gone} OFFSET 0`,
    );
    const rows = builder.confined(child, 'rowguard_child', `${CHILD}.${OF_THESE_ACTS}`);
    const names = columns.map(({ own }) => `${CHILD}.${quoteName(own)}`).join(', ');
    return builder.signed(
      `SELECT * FROM ${tablePath(child)} AS ${CHILD} WHERE ${rows} AND ${isGone(child, CHILD)} AND ((${names}) IN (${owners})) IS TRUE OFFSET 0`,
    );
  }

  /** The same act deleted something that takes the row along. */
  private cameAlong(builder: ActBuilder, child: EntityMetadata): string {
    const carriers = this.plan.carriersOf(child).map((one) => inOneAct(builder, one, CHILD));
    return carriers.length > 0 ? `(${carriers.join(' OR ')})` : 'FALSE';
  }
}

/** A deleted owner that does not come back with these acts. */
export function isOfAnotherAct(owner: EntityMetadata): string {
  return `${isGone(owner, OWNER)} AND ${OWNER}.${OF_THESE_ACTS} IS NOT TRUE`;
}

/** What the rows of an entity cannot live without, as far as whoever asks may see it. */
export function reachableOwners(plan: DeletePlan, child: EntityMetadata): OwnerReference[] {
  return plan.above(child).filter(({ owner }) => isInReach(owner) || !isInReach(child));
}

/** A tenant may neither see nor bring back rows that it shares with others. */
function isInReach(metadata: EntityMetadata): boolean {
  return currentScope()?.kind !== 'tenant' || classOf(metadata) === 'tenant';
}

function isGone(metadata: EntityMetadata, row: string): string {
  return stateOf(metadata, true, `${row}.`);
}

/** Owners before what names them, as far as references do not run in a circle. */
export function ownersFirst(tables: readonly EntityMetadata[], plan: DeletePlan): EntityMetadata[] {
  const sorted: EntityMetadata[] = [];
  const visited = new Set<string>();
  const visit = (table: EntityMetadata): void => {
    if (visited.has(table.tablePath)) return;
    visited.add(table.tablePath);
    for (const { owner } of plan.above(table)) {
      const known = tables.find((one) => isSameTable(one, owner));
      if (known) visit(known);
    }
    sorted.push(table);
  };
  tables.forEach(visit);
  return sorted;
}
