import { type EntityManager, In } from 'typeorm';
import { Artifact } from '../../entities/artifacts/artifact.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';

/**
 * Keeps living artifacts from being deleted until the transaction ends, so that nothing new is hung
 * on one that is on its way out. In the order of their ids, so that two who hold the same do not
 * wait for each other.
 */
export async function holdArtifacts(manager: EntityManager, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  const held = await manager
    .createQueryBuilder(Artifact, 'artifact')
    .select('artifact.id')
    .where({ id: In(wanted) })
    .orderBy('artifact.id')
    .setLock('pessimistic_read')
    .getMany();
  if (held.length < wanted.length) throw notFound('Artifact');
}
