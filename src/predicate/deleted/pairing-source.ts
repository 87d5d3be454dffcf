import type { DataSource, QueryRunner } from 'typeorm';

const pairing = new WeakSet<object>();

/**
 * The data source as a builder needs it that loads relations by queries of their own. TypeORM then
 * asks once more which row belongs to which, of rows that it has: none of these may be hidden.
 */
export function pairingSource(source: DataSource): DataSource {
  if (pairing.has(source)) return source;
  const createQueryBuilder = (...given: [QueryRunner?]) =>
    source.createQueryBuilder(...given).withDeleted();
  const view = Object.create(source, {
    createQueryBuilder: { value: createQueryBuilder },
  }) as DataSource;
  pairing.add(view);
  return view;
}
