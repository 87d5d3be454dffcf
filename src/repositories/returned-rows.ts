import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm';

/** Entities from rows as PostgreSQL returns them: of RETURNING *, or of a statement of our own. */
export function entitiesFrom<Entity extends ObjectLiteral>(
  repository: Pick<Repository<Entity>, 'manager' | 'metadata'>,
  rows: readonly ObjectLiteral[],
): Entity[] {
  const { driver } = repository.manager.dataSource;
  return rows.map((row) => {
    const entity = repository.metadata.create() as Entity;
    for (const column of shownColumns(repository.metadata)) {
      const value: unknown = row[column.databaseName];
      if (value === undefined) continue;
      column.setEntityValue(entity, driver.prepareHydratedValue(value, column));
    }
    return entity;
  });
}

function shownColumns(metadata: EntityMetadata) {
  return metadata.columns.filter((column) => column.isSelect);
}
