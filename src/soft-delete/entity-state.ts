import type { UpdateResult } from 'typeorm';
import { quoteName } from '../schema/sql.js';
import { stateOf } from '../predicate/deletion-form.js';
import type { ActBuilder } from './act-sql.js';

/** Lets an entity that was loaded know how its row is, which the same act changed before. */
export async function tellEntities(builder: ActBuilder, result: UpdateResult): Promise<void> {
  const { metadata, entities, manager } = builder;
  const [entity] = entities;
  if (!entity || entities.length > 1) return;
  const columns = metadata.columns.filter(
    (one) =>
      one.isVersion || one.isUpdateDate || one.isDeleteDate || one.propertyName === 'deleteBatch',
  );
  const names = columns.map((one) => quoteName(one.databaseName)).join(', ');
  const { records } = await builder.send(({ table, condition }) =>
    builder.signed(
      `SELECT ${names} FROM ${table} WHERE ${condition} AND ${stateOf(metadata, !builder.restores)}`,
    ),
  );
  const row = (records as object[])[0];
  const values = row && manager.dataSource.driver.createGeneratedMap(metadata, row);
  if (!values) return;
  manager.merge(metadata.target, entity as never, values as never);
  result.generatedMaps.push(values);
}
