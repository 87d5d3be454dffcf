import type { DataSource } from 'typeorm';
import { ArtifactCollectionItem } from '../../entities/artifacts/artifact-collection-item.entity.js';
import { ArtifactCollection } from '../../entities/artifacts/artifact-collection.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { DomainRepository } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import { TenantRepository } from '../tenant.repository.js';
import { holdArtifacts } from './held-artifacts.js';
import { sendOwn } from '../own-statement.js';

/** All items of the collection, each once, or no row at all. */
const REORDER = `
  WITH wanted AS (
    SELECT artifact_id, place
      FROM unnest($3::uuid[]) WITH ORDINALITY AS one(artifact_id, place)
  ), items AS (
    SELECT i.id, w.place
      FROM artifact_collection_items i LEFT JOIN wanted w ON w.artifact_id = i.artifact_id
     WHERE i.tenant_id = $1 AND i.collection_id = $2 AND i.deleted_at IS NULL
  ), agreed AS (
    SELECT count(*) = (SELECT count(*) FROM wanted)
           AND coalesce(bool_and(place IS NOT NULL), true) AS all_named
      FROM items
  ), moved AS (
    UPDATE artifact_collection_items AS i
       SET "position" = items.place, updated_at = now(), version = i.version + 1
      FROM items, agreed
     WHERE i.tenant_id = $1 AND i.id = items.id AND agreed.all_named
    RETURNING i.id
  )
  SELECT all_named FROM agreed`;

/** Artifacts in an order of their own. */
export class CollectionRepository extends DomainRepository<ArtifactCollection> {
  constructor(source: DataSource) {
    super(ArtifactCollection, source);
  }

  /** Puts an artifact at the end. */
  async addItem(collectionId: string, artifactId: string): Promise<ArtifactCollectionItem> {
    const [item] = await this.addItems(collectionId, [artifactId]);
    return item as ArtifactCollectionItem;
  }

  /** Puts artifacts at the end, in the order given. */
  async addItems(
    collectionId: string,
    artifactIds: readonly string[],
  ): Promise<ArtifactCollectionItem[]> {
    checkIds(artifactIds);
    return this.transaction(async () => {
      await this.hold(collectionId);
      await holdArtifacts(this.manager, artifactIds);
      const last = (await this.places().maximum('position', { collectionId })) ?? 0;
      return this.places().insertMany(
        artifactIds.map((artifactId, at) => ({
          collectionId,
          artifactId,
          position: last + at + 1,
        })),
      );
    });
  }

  /** Takes an artifact out of the collection. */
  removeItem(collectionId: string, artifactId: string): Promise<void> {
    return this.transaction(async () => {
      await this.hold(collectionId);
      const item = await this.places().findOneBy({ collectionId, artifactId });
      if (!item) throw notFound('ArtifactCollectionItem');
      await this.places().softDelete({ id: item.id });
    });
  }

  /** Brings all artifacts of the collection into the order given, in one statement. */
  async reorder(collectionId: string, artifactIds: readonly string[]): Promise<void> {
    checkIds(artifactIds);
    await this.transaction(async () => {
      await this.hold(collectionId);
      const [answer] = await sendOwn<{ all_named: boolean }>(this.manager, REORDER, [
        collectionId,
        artifactIds,
      ]);
      if (!answer?.all_named) throw incomplete();
    });
  }

  /** The items in their order, each with its artifact. */
  items(
    collectionId: string,
    page: Pick<KeysetPageOptions<ArtifactCollectionItem>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<ArtifactCollectionItem>> {
    return this.places().findPage({
      ...page,
      where: { collectionId },
      order: { position: 'ASC' },
      relations: { artifact: true },
    });
  }

  private places(): TenantRepository<ArtifactCollectionItem> {
    return new TenantRepository(ArtifactCollectionItem, this.manager);
  }

  /** One change of the order at a time; nobody deletes the collection meanwhile. */
  private async hold(id: string): Promise<void> {
    const held = await this.createQueryBuilder('collection')
      .select('collection.id')
      .where({ id })
      .setLock('for_no_key_update')
      .getOne();
    if (!held) throw notFound(this.metadata.name);
  }
}

function checkIds(ids: readonly string[]): void {
  const isList = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
  if (isList && new Set(ids.map((id) => id.toLowerCase())).size === ids.length) return;
  throw new InvalidInputError({
    problem: isList ? 'An artifact is named twice' : 'The artifacts are no list of ids',
    mend: 'Pass a list of ids, each once',
  });
}

function incomplete(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The new order does not name exactly the artifacts of the collection',
    mend: 'Read the items again, and name each of them once',
  });
}
