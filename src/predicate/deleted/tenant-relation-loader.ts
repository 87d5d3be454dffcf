import type { DataSource, ObjectLiteral, QueryRunner, SelectQueryBuilder } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { RelationLoader } from 'typeorm/query-builder/RelationLoader.js';

interface LoadingQuery extends SelectQueryBuilder<ObjectLiteral> {
  loads(relation: RelationMetadata): this;
}

/** Loads lazy relations, and those of the strategy `query`: what a row names is there, also if deleted. */
export class TenantRelationLoader extends RelationLoader {
  constructor(private readonly source: DataSource) {
    super(source);
  }

  override load(
    relation: RelationMetadata,
    rows: ObjectLiteral | ObjectLiteral[],
    runner?: QueryRunner,
    query?: SelectQueryBuilder<never>,
    loadEagerRelations?: boolean,
  ): Promise<never[]> {
    const open = runner?.isReleased ? undefined : runner;
    const loading = (query ?? this.queryOf(relation, open)) as unknown as LoadingQuery;
    return super.load(relation, rows, open, loading.loads(relation), loadEagerRelations) as Promise<
      never[]
    >;
  }

  private queryOf(relation: RelationMetadata, runner?: QueryRunner): SelectQueryBuilder<never> {
    const name = relation.propertyName;
    const { target } = relation.inverseEntityMetadata;
    return this.source.createQueryBuilder(runner).select(name).from(target, name) as never;
  }
}
