import type { DataSource } from 'typeorm';
import {
  type ArtifactContent,
  ArtifactVersion,
} from '../../entities/artifacts/artifact-version.entity.js';
import { Artifact } from '../../entities/artifacts/artifact.entity.js';
import type { DatabaseError } from '../../errors/database.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { VersionConflictError } from '../../errors/version-conflict.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow, type RowChanges } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import { TenantRepository } from '../tenant.repository.js';
import { checkedContent, storedContent } from './artifact-content.js';
import { lockRelationships, refuseCycles } from './relationship-cycles.js';

export type NewArtifact = NewRow<Artifact> & {
  readonly content: ArtifactContent;
  /** What is said about the first version. */
  readonly note?: string;
};

export interface VersionAuthor {
  readonly authorId: string;
  readonly note?: string;
  /** The version that the change was made from; refused if there is a newer one. */
  readonly expectedVersion?: number;
}

export interface NewVersion extends VersionAuthor {
  readonly content: ArtifactContent;
}

/** Artifacts and their versions, which are numbered and never changed. */
export class ArtifactRepository extends DomainRepository<Artifact> {
  constructor(source: DataSource) {
    super(Artifact, source);
  }

  /** Inserts the artifact together with its first version. */
  override async create(values: NewArtifact): Promise<Artifact> {
    const { content, note, ...artifact } = checkedObject('The new Artifact', values);
    const stored = storedContent(content);
    return this.transaction(async () => {
      const row = await super.create({ ...artifact, currentVersion: 1 } as NewRow<Artifact>);
      await this.writeVersion(row, stored, { authorId: row.creatorId, ...(note ? { note } : {}) });
      return row;
    });
  }

  override update(id: string, changes: RowChanges<Artifact>): Promise<Artifact> {
    if (changes?.currentVersion === undefined) return super.update(id, changes);
    return Promise.reject(
      new InvalidInputError({
        problem: 'The number of the current version is counted, not set',
        mend: 'Use addVersion or restoreVersion',
      }),
    );
  }

  /** Writes the next version. Writers wait for each other, so no number is lost or given twice. */
  async addVersion(artifactId: string, change: NewVersion): Promise<ArtifactVersion> {
    const stored = storedContent(change?.content);
    return this.transaction(() => this.nextVersion(artifactId, stored, change));
  }

  /** A version with its content, which is checked against its hash; the newest unless told. */
  async getVersion(artifactId: string, number?: number): Promise<ArtifactVersion> {
    const version = await this.manager
      .createQueryBuilder(ArtifactVersion, 'version')
      .addSelect(['version.text', 'version.data'])
      .innerJoin('version.artifact', 'artifact', 'artifact.deletedAt IS NULL')
      .where({ artifactId })
      .andWhere(`version.number = ${number === undefined ? 'artifact.currentVersion' : ':number'}`)
      .setParameters({ number })
      .getOne();
    if (!version) throw notFound('ArtifactVersion');
    checkedContent(version);
    return version;
  }

  /** The content alone, as it was given. */
  async getContent(artifactId: string, number?: number): Promise<ArtifactContent> {
    return checkedContent(await this.getVersion(artifactId, number));
  }

  /** The history, newest first, without the contents. */
  listVersions(
    artifactId: string,
    page: Pick<KeysetPageOptions<ArtifactVersion>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<ArtifactVersion>> {
    const versions = new TenantRepository(ArtifactVersion, this.manager);
    return versions.findPage({ ...page, where: { artifactId }, order: { number: 'DESC' } });
  }

  /** Makes the content of an old version the newest: a version more, and none less. */
  async restoreVersion(
    artifactId: string,
    number: number,
    change: VersionAuthor,
  ): Promise<ArtifactVersion> {
    const { note = `Restored from version ${number}`, ...author } = checkedObject('change', change);
    return this.transaction(async () => {
      const old = await this.getVersion(artifactId, number);
      return this.nextVersion(artifactId, old, { ...author, note });
    });
  }

  /** Brings back what was deleted with it, unless a relationship would now close a circle. */
  override restore(id: string): Promise<Artifact> {
    const restored = async () => {
      await lockRelationships(this.manager);
      const row = await super.restore(id);
      await refuseCycles(this.manager, [id]);
      return row;
    };
    return this.transaction(restored, { savepoint: true });
  }

  private async nextVersion(
    id: string,
    stored: Pick<ArtifactVersion, 'text' | 'data' | 'contentHash'>,
    change: VersionAuthor,
  ): Promise<ArtifactVersion> {
    const { expectedVersion } = change;
    const [artifact] = await this.updateReturning(
      { id, ...(expectedVersion === undefined ? {} : { currentVersion: expectedVersion }) },
      { currentVersion: () => '"current_version" + 1' },
    );
    if (!artifact) throw await this.conflict(id, expectedVersion);
    return this.writeVersion(artifact, stored, change);
  }

  private async writeVersion(
    artifact: Artifact,
    { text, data, contentHash }: Pick<ArtifactVersion, 'text' | 'data' | 'contentHash'>,
    { authorId, note }: VersionAuthor,
  ): Promise<ArtifactVersion> {
    const version = this.manager.create(ArtifactVersion, {
      artifactId: artifact.id,
      number: artifact.currentVersion,
      contentHash,
      note: note ?? null,
      authorId,
    });
    Object.assign(version, { text, data });
    await this.manager
      .createQueryBuilder()
      .insert()
      .into(ArtifactVersion)
      .values(version as never)
      .execute();
    return version;
  }

  private async conflict(id: string, expected: number | undefined): Promise<DatabaseError> {
    const { currentVersion } = await this.getById(id);
    return new VersionConflictError({
      problem: `The artifact is at version ${currentVersion}, and the change was made from version ${String(expected)}`,
      mend: 'Read the newest version, make the change again, and pass its number',
      given: { entity: 'Artifact', id, currentVersion, expectedVersion: expected },
    });
  }
}
