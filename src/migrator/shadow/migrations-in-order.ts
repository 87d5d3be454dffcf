import { type DataSource, type Migration, MigrationExecutor } from 'typeorm';

/** All migrations of a data source, as TypeORM names and orders them; asks no database. */
export function migrationsInOrder(source: DataSource): Migration[] {
  return new KnownMigrations(source).all();
}

class KnownMigrations extends MigrationExecutor {
  all(): Migration[] {
    return this.getMigrations();
  }
}
