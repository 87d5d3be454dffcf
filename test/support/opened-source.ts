import { DataSource } from 'typeorm';
import { ScratchDatabase } from './scratch-database.js';

export interface OpenedSource<
  Source extends DataSource = DataSource,
  Database extends ScratchDatabase | undefined = ScratchDatabase | undefined,
> {
  readonly source: Source;
  readonly database: Database;
  close(): Promise<void>;
}

/** A data source and the database below it, which end together. */
export async function opened<
  Source extends DataSource,
  Database extends ScratchDatabase | undefined,
>(source: Source, database: Database): Promise<OpenedSource<Source, Database>> {
  await source.initialize();
  return {
    source,
    database,
    close: async () => {
      await source.destroy();
      await database?.drop();
    },
  };
}

/** As TypeORM alone keeps these entities. */
export async function openPlain(entities: Function[]): Promise<OpenedSource> {
  const database = await ScratchDatabase.create();
  const { url } = database;
  return opened(new DataSource({ type: 'postgres', url, entities, synchronize: true }), database);
}
