import type { EntityManager } from 'typeorm';
import { ACYCLIC_RELATIONSHIP_KINDS } from '../../entities/artifacts/artifact-relationship.entity.js';
import { CycleRefusedError } from '../../errors/cycle-refused.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { sendOwn } from '../own-statement.js';

interface Edge {
  readonly from_id: string;
  readonly to_id: string;
  readonly name: string;
}

const REACHED = `
  WITH RECURSIVE reached(start, kind, id) AS (
    SELECT r.from_id, r.kind, r.to_id
      FROM artifact_relationships r
     WHERE r.tenant_id = $1 AND r.from_id = ANY($2::uuid[]) AND r.kind = ANY($3::text[])
       AND r.deleted_at IS NULL
     UNION
    SELECT reached.start, r.kind, r.to_id
      FROM reached
      JOIN artifact_relationships r
        ON r.tenant_id = $1 AND r.from_id = reached.id AND r.kind = reached.kind
       AND r.deleted_at IS NULL
  )`;

const LONGEST_TOLD = 10;
const LONGEST_NAME = 60;

/**
 * Whoever adds relationships that may form no circle waits here for the others of the tenant. Two
 * who add opposite ones at once would otherwise both see a graph in which theirs is harmless.
 */
export async function lockRelationships(manager: EntityManager): Promise<void> {
  const [answer] = await sendOwn<{ isolation: string }>(
    manager,
    `SELECT current_setting('transaction_isolation') AS isolation,
            pg_advisory_xact_lock(hashtextextended('artifact_relationships:' || $1::text, 0))`,
    [],
  );
  if (answer?.isolation !== 'repeatable read') return;
  throw new InvalidInputError({
    problem: 'A REPEATABLE READ transaction cannot see what others have related since it began',
    mend: 'Relate artifacts in a READ COMMITTED or a SERIALIZABLE transaction',
  });
}

/** Every new circle runs through an artifact at which a relationship was added. */
export async function refuseCycles(
  manager: EntityManager,
  startIds: readonly string[],
): Promise<void> {
  const [found] = await sendOwn<{ start: string; kind: string }>(
    manager,
    `${REACHED} SELECT start, kind FROM reached WHERE id = start LIMIT 1`,
    [startIds, ACYCLIC_RELATIONSHIP_KINDS],
  );
  if (!found) return;
  const edges = await sendOwn<Edge>(
    manager,
    `${REACHED}
     SELECT r.from_id, r.to_id, a.name
       FROM (SELECT id FROM reached UNION SELECT start FROM reached) AS near
       JOIN artifact_relationships r
         ON r.tenant_id = $1 AND r.from_id = near.id AND r.kind = ANY($3::text[])
        AND r.deleted_at IS NULL
       JOIN artifacts a ON a.tenant_id = $1 AND a.id = r.from_id`,
    [[found.start], [found.kind]],
  );
  throw refused(found.kind, shortestCircle(edges, found.start));
}

/** Breadth first, from the start back to it; the edges left out of the answer close it. */
function shortestCircle(edges: readonly Edge[], start: string): Edge[] {
  const outgoing = new Map<string, Edge[]>();
  for (const edge of edges) {
    outgoing.set(edge.from_id, [...(outgoing.get(edge.from_id) ?? []), edge]);
  }
  const seen = new Set<string>();
  let paths: Edge[][] = [[]];
  while (paths.length > 0) {
    const longer: Edge[][] = [];
    for (const path of paths) {
      for (const edge of outgoing.get(path.at(-1)?.to_id ?? start) ?? []) {
        if (edge.to_id === start) return [...path, edge];
        if (seen.has(edge.to_id)) continue;
        seen.add(edge.to_id);
        longer.push([...path, edge]);
      }
    }
    paths = longer;
  }
  return [];
}

function refused(kind: string, circle: readonly Edge[]): CycleRefusedError {
  const names = circle.slice(0, LONGEST_TOLD).map((edge) => edge.name.slice(0, LONGEST_NAME));
  const told = [...names, ...(circle.length > LONGEST_TOLD ? ['...'] : []), names[0]].join(' -> ');
  return new CycleRefusedError({
    problem: `Relationships of the kind ${kind} may form no circle, and this one would: ${told}`,
    mend: 'Take one of these relationships away first, or use a kind that allows circles',
    given: { kind, path: [...circle.map((edge) => edge.from_id), circle[0]?.from_id] },
  });
}
