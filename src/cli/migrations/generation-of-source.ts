import { MigrationExecutor } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { generateMigrations } from '../../migrator/generate/generate-migrations.js';
import type { Generation } from '../../migrator/generate/generated-migration.js';
import { secureStatements } from '../../migrator/generate/secure-statements.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

/** From the difference between the entities and the database as it stands. */
export function generationOfSource(
  source: RowguardDataSource,
  basename: string,
  timestamp: number,
): Promise<Generation> {
  return source.visit('generating migrations', async () => {
    const pending = await new MigrationExecutor(source).getPendingMigrations();
    if (pending.length > 0) throw runFirst(pending.map(({ name }) => name));
    const { entityMetadatas, schemaName, walls } = source;
    const secure = secureStatements(entityMetadatas, schemaName, walls.policies);
    return generateMigrations(source, basename, timestamp, secure);
  });
}

function runFirst(names: readonly string[]): InvalidInputError {
  return new InvalidInputError({
    problem: `${names.length} migrations are pending (${names.join(', ')}): what they bring would be generated again`,
    mend: 'Run them on this database first',
  });
}
