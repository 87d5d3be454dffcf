import type { DataSource, ObjectLiteral } from 'typeorm';
import {
  ArtifactRelationship,
  type RelationshipKind,
} from '../../entities/artifacts/artifact-relationship.entity.js';
import { Artifact } from '../../entities/artifacts/artifact.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { requireList } from '../bad-entries.js';
import type { BulkOptions } from '../bulk-insert.js';
import { DomainRepository, type NewRow, type RowChanges } from '../domain.repository.js';
import { checkedCount } from '../../validation/page-limit.js';
import { entitiesFrom } from '../returned-rows.js';
import { TenantRepository } from '../tenant.repository.js';
import { holdArtifacts } from './held-artifacts.js';
import { lockRelationships, refuseCycles } from './relationship-cycles.js';
import { sendOwn } from '../own-statement.js';

export interface WalkOptions {
  /** The kinds to follow. Default: depends_on. */
  readonly kinds?: readonly RelationshipKind[];
  /** How many steps away, from 1 to 100. Default 10. */
  readonly depth?: number;
}

export interface RelatedArtifact {
  readonly artifact: Artifact;
  /** The fewest steps that lead there. */
  readonly depth: number;
}

const DEFAULT_DEPTH = 10;
const DEEPEST = 100;

/** Which artifact depends on which, is derived from which, and so on. */
export class RelationshipRepository extends DomainRepository<ArtifactRelationship> {
  constructor(source: DataSource) {
    super(ArtifactRelationship, source);
  }

  /** `fromId` depends on `toId`, is derived from it, ... Refused where it would close a circle. */
  relate(fromId: string, toId: string, kind: RelationshipKind): Promise<ArtifactRelationship> {
    return this.create({ fromId, toId, kind });
  }

  /** Takes a relationship away. */
  unrelate(fromId: string, toId: string, kind: RelationshipKind): Promise<void> {
    return this.transaction(async () => {
      const found = await this.findOneBy({ fromId, toId, kind });
      if (!found) throw notFound(this.metadata.name);
      await this.softDelete({ id: found.id });
    });
  }

  /** What the artifact leans on, the nearest first. */
  dependenciesOf(artifactId: string, options: WalkOptions = {}): Promise<RelatedArtifact[]> {
    return this.walk(DEPENDENCIES, artifactId, options);
  }

  /** What leans on the artifact, the nearest first. */
  dependentsOf(artifactId: string, options: WalkOptions = {}): Promise<RelatedArtifact[]> {
    return this.walk(DEPENDENTS, artifactId, options);
  }

  override async create(values: NewRow<ArtifactRelationship>): Promise<ArtifactRelationship> {
    const [row] = await this.relateAll([values]);
    return row as ArtifactRelationship;
  }

  /** All of them or none. */
  async relateAll(
    rows: readonly NewRow<ArtifactRelationship>[],
    options?: BulkOptions,
  ): Promise<ArtifactRelationship[]> {
    const ends = endsOf(rows);
    const insert = async () => {
      await holdArtifacts(this.manager, ends);
      const plain = new TenantRepository(ArtifactRelationship, this.manager);
      return plain.insertMany(rows, options);
    };
    return this.withoutCycles(insert, (inserted) => inserted.map((row) => row.fromId));
  }

  override insertMany(
    rows: readonly NewRow<ArtifactRelationship>[],
    options?: BulkOptions,
  ): Promise<ArtifactRelationship[]> {
    return this.relateAll(rows, options);
  }

  override restore(id: string): Promise<ArtifactRelationship> {
    const restore = async () => {
      const deleted = await this.getById(id, { deleted: 'with' });
      await holdArtifacts(this.manager, [deleted.fromId, deleted.toId]);
      return super.restore(id);
    };
    return this.withoutCycles(restore, (restored) => [restored.fromId]);
  }

  override update(
    _id: string,
    _changes: RowChanges<ArtifactRelationship>,
  ): Promise<ArtifactRelationship> {
    return Promise.reject(
      new InvalidInputError({
        problem: 'A relationship is there or not; it does not become another',
        mend: 'Use unrelate and relate',
      }),
    );
  }

  /** In a savepoint: who catches the refusal inside of a transaction keeps nothing of it. */
  private withoutCycles<Result>(
    write: () => Promise<Result>,
    startsOf: (written: Result) => readonly string[],
  ): Promise<Result> {
    const guarded = async () => {
      await lockRelationships(this.manager);
      const written = await write();
      await refuseCycles(this.manager, startsOf(written));
      return written;
    };
    return this.transaction(guarded, { savepoint: true });
  }

  private async walk(
    statement: string,
    artifactId: string,
    options: WalkOptions,
  ): Promise<RelatedArtifact[]> {
    const { kinds = ['depends_on'], depth = DEFAULT_DEPTH } = checkedObject('options', options);
    const rows = await sendOwn<ObjectLiteral>(this.manager, statement, [
      artifactId,
      kinds,
      checkedCount('depth', depth, DEEPEST),
    ]);
    const artifacts = this.manager.getRepository(Artifact);
    return entitiesFrom<Artifact>(artifacts, rows).map((artifact, at) => ({
      artifact,
      depth: rows[at]?.['steps'] as number,
    }));
  }
}

function endsOf(rows: readonly NewRow<ArtifactRelationship>[]): string[] {
  requireList(rows, 'relationships');
  return rows.flatMap((given) => {
    const row: NewRow<ArtifactRelationship> = checkedObject('A relationship', given);
    const ends = [row.fromId ?? row.from?.id ?? '', row.toId ?? row.to?.id ?? ''];
    if (ends[0] !== ends[1]) return ends;
    throw new InvalidInputError({
      problem: 'An artifact has no relationship to itself',
      mend: 'Name two artifacts',
    });
  });
}

const DEPENDENCIES = walking('from_id', 'to_id');
const DEPENDENTS = walking('to_id', 'from_id');

/** UNION drops what it has seen at the same depth, so that circles and diamonds cost no more. */
function walking(near: 'from_id' | 'to_id', far: 'from_id' | 'to_id'): string {
  return `
    WITH RECURSIVE walk(id, steps) AS (
      SELECT $2::uuid, 0
       UNION
      SELECT r.${far}, walk.steps + 1
        FROM walk
        JOIN artifact_relationships r
          ON r.tenant_id = $1 AND r.${near} = walk.id AND r.kind = ANY($3::text[])
         AND r.deleted_at IS NULL
       WHERE walk.steps < $4
    ), nearest AS (
      SELECT id, min(steps) AS steps FROM walk WHERE id <> $2::uuid GROUP BY id
    )
    SELECT a.*, nearest.steps
      FROM nearest
      JOIN artifacts a ON a.tenant_id = $1 AND a.id = nearest.id AND a.deleted_at IS NULL
     ORDER BY nearest.steps, a.id`;
}
