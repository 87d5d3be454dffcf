import type { EntityManager, EntityMetadata } from 'typeorm';
import { currentScope, runInScope } from '../context/unit-store.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { DISTANCES, type Distance, oneOf } from './memory-search.js';
import { indexName } from './search-statement.js';
import { MOST_INDEXED_DIMENSIONS, checkDimensions } from './vector.js';

const OPERATORS: Readonly<Record<Distance, string>> = {
  cosine: 'vector_cosine_ops',
  l2: 'vector_l2_ops',
  inner: 'vector_ip_ops',
};

/** As the owner of the tables, and so not out of the work of a tenant. */
export async function createIndex(
  manager: EntityManager,
  metadata: EntityMetadata,
  dimensions: number,
  distance: Distance,
): Promise<void> {
  oneOf('distance', distance, Object.keys(DISTANCES));
  checkDimensions(dimensions, 'An index of vectors', MOST_INDEXED_DIMENSIONS);
  refuseForTenants();
  const { driver } = manager.dataSource;
  const table = metadata.tablePath.split('.').map((part) => driver.escape(part));
  const text = `CREATE INDEX IF NOT EXISTS "${indexName(dimensions, distance)}" ON ${table.join('.')} USING hnsw (("embedding"::vector(${dimensions})) ${OPERATORS[distance]}) WHERE "dimensions" = ${dimensions} AND "deleted_at" IS NULL`;
  await runInScope({ kind: 'owner', reason: 'an index for vectors' }, () =>
    manager.dataSource.transaction(async (owner) => {
      // It takes as long as there are rows.
      await owner.query('SET LOCAL statement_timeout = 0');
      await owner.query(text);
      // Without numbers the planner takes every tenant for a small one, and sorts.
      await owner.query(`ANALYZE ${table.join('.')}`);
    }),
  );
}

function refuseForTenants(): void {
  const kind = currentScope()?.kind;
  if (kind !== 'tenant' && kind !== 'tenantless') return;
  throw new StatementRefusedError({
    problem: 'An index was asked for in the work of a tenant',
    mend: 'Call ensureIndex outside of requests: at a start, in a script, or in TenantContext.runAsSystem',
  });
}
