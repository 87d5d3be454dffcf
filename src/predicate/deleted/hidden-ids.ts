import type { SelectQueryBuilder } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { RelationIdAttribute } from 'typeorm/query-builder/relation-id/RelationIdAttribute.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import type { DeletedWord } from './deleted-options.js';
import { isReference, pathOf } from './hidden-rows.js';
import { type ListedIds, listedIds } from './listed-ids.js';
import type { ToldDeleted } from './told-deleted.js';

type IdQuery = SelectQueryBuilder<never> & { rows(word: DeletedWord): void };

/** The ids of related rows are read by queries of their own, which have to hide the same rows. */
export function hideIds(map: QueryExpressionMap, told: ToldDeleted): void {
  for (const attribute of map.relationIdAttributes) {
    if (isReference(attribute.relation)) continue;
    const { queryBuilderFactory: before } = attribute;
    attribute.queryBuilderFactory = (query) => {
      hide(map, told, attribute, query as IdQuery);
      return before?.(query) ?? query;
    };
  }
}

function hide(
  map: QueryExpressionMap,
  told: ToldDeleted,
  attribute: RelationIdAttribute,
  query: IdQuery,
): void {
  const { relation } = attribute;
  const said = told.paths.get(pathOf(map, attribute) ?? '');
  const listed = listedIds();
  if (said !== undefined || told.everywhere) query.rows(said ?? 'with');
  else if (listed && map.withDeleted) showListed(query, relation, listed);
  else query.rows(relation.isManyToMany && map.withDeleted ? 'with' : 'without');
}

/**
 * A save compares the list of an entity with the rows that belong to it. One that is deleted and not
 * in the list was not left out by the caller, but by the read before.
 */
function showListed(query: IdQuery, relation: RelationMetadata, listed: ListedIds): void {
  const { deleteDateColumn } = relation.inverseEntityMetadata;
  const ids = listed.of(relation.inverseEntityMetadata);
  if (!deleteDateColumn || ids.length === 0) return query.rows('without');
  query.rows('with');
  query.andWhere(
    `(${query.alias}.${deleteDateColumn.propertyPath} IS NULL OR ${query.alias}.id = ANY(:listed))`,
    { listed: ids },
  );
}
