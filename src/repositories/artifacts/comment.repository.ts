import { type DataSource, IsNull, type ObjectLiteral } from 'typeorm';
import { ArtifactComment } from '../../entities/artifacts/artifact-comment.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow, type RowChanges } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import { entitiesFrom } from '../returned-rows.js';
import { holdArtifacts } from './held-artifacts.js';
import { sendOwn } from '../own-statement.js';

export interface CommentText {
  readonly authorId: string;
  readonly body: string;
}

export interface ThreadedComment {
  readonly comment: ArtifactComment;
  /** 0 for the comment that begins the thread. */
  readonly depth: number;
}

/** Ids are ordered by time, so a path of ids is the order in which a thread is read. */
const THREAD = `
  WITH RECURSIVE thread AS (
    SELECT c.*, 0 AS depth, ARRAY[c.id] AS path
      FROM artifact_comments c
     WHERE c.tenant_id = $1 AND c.id = $2 AND c.deleted_at IS NULL
     UNION ALL
    SELECT c.*, thread.depth + 1, thread.path || c.id
      FROM thread
      JOIN artifact_comments c
        ON c.tenant_id = $1 AND c.parent_id = thread.id AND c.deleted_at IS NULL
  )
  SELECT * FROM thread ORDER BY path`;

const PLACE = ['artifactId', 'artifact', 'parentId', 'parent'];

/** What people say about artifacts, and in answer to each other. */
export class CommentRepository extends DomainRepository<ArtifactComment> {
  constructor(source: DataSource) {
    super(ArtifactComment, source);
  }

  /** Begins a thread on an artifact. */
  async add(artifactId: string, text: CommentText): Promise<ArtifactComment> {
    const { authorId, body } = checkedObject('text', text);
    return this.create({ artifactId, authorId, body });
  }

  /** Answers a comment. */
  async reply(commentId: string, text: CommentText): Promise<ArtifactComment> {
    const { authorId, body } = checkedObject('text', text);
    return this.transaction(async () => {
      const parent = await this.getById(commentId);
      return this.create({ artifactId: parent.artifactId, parentId: parent.id, authorId, body });
    });
  }

  /** As `add` and `reply`; a comment and what it answers are about the same artifact. */
  override async create(values: NewRow<ArtifactComment>): Promise<ArtifactComment> {
    const { artifactId: named, artifact } = checkedObject('The new ArtifactComment', values);
    return this.transaction(async () => {
      const artifactId = named ?? artifact?.id ?? '';
      await holdArtifacts(this.manager, [artifactId]);
      const parent = values.parentId ? await this.hold(values.parentId) : undefined;
      if (parent && parent.artifactId !== artifactId) throw elsewhere();
      return super.create(values);
    });
  }

  override update(id: string, changes: RowChanges<ArtifactComment>): Promise<ArtifactComment> {
    const moved = PLACE.filter((property) => Object.hasOwn(changes ?? {}, property));
    return moved.length > 0 ? Promise.reject(staysInPlace(moved)) : super.update(id, changes);
  }

  /** Marks a comment as settled; the first who does it is remembered. */
  async resolve(id: string, resolverId: string): Promise<ArtifactComment> {
    const [resolved] = await this.updateReturning(
      { id, resolvedAt: IsNull() },
      { resolvedAt: new Date(), resolverId },
    );
    return resolved ?? this.getById(id);
  }

  /** Takes the mark away. */
  reopen(id: string): Promise<ArtifactComment> {
    return this.update(id, { resolvedAt: null, resolverId: null });
  }

  /** A comment with every answer to it and to its answers, in the order of reading. */
  async thread(id: string): Promise<ThreadedComment[]> {
    const rows = await sendOwn<ObjectLiteral>(this.manager, THREAD, [id]);
    if (rows.length === 0) throw notFound(this.metadata.name);
    return entitiesFrom<ArtifactComment>(this, rows).map((comment, at) => ({
      comment,
      depth: rows[at]?.['depth'] as number,
    }));
  }

  /** The comments that begin the threads of an artifact, oldest first. */
  threadsOf(
    artifactId: string,
    page: Pick<KeysetPageOptions<ArtifactComment>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<ArtifactComment>> {
    return this.findPage({ ...page, where: { artifactId, parentId: IsNull() } });
  }

  private async hold(id: string): Promise<ArtifactComment> {
    const held = await this.createQueryBuilder('comment')
      .where({ id })
      .setLock('pessimistic_read')
      .getOne();
    if (!held) throw notFound(this.metadata.name);
    return held;
  }
}

function staysInPlace(moved: readonly string[]): InvalidInputError {
  return new InvalidInputError({
    problem: `A comment stays where it was written (${moved.join(', ')})`,
    mend: 'Change its body, or delete it and write another one',
  });
}

function elsewhere(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The comment answers one about another artifact',
    mend: 'Use reply(commentId, text), which takes the artifact from the comment that it answers',
  });
}
