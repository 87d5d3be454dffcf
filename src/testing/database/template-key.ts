import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EntityMetadata } from 'typeorm';
import { classOf } from '../../entities/entity-classification.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { ReadTestOptions } from './test-database.options.js';

/**
 * A name for all that a prepared database is made from. What it misses is mended at each start, as
 * in production; what it has too much of costs one more preparation.
 */
export async function templateKey(
  source: RowguardDataSource,
  options: ReadTestOptions,
  server: string,
): Promise<string> {
  const metadatas = await source.describe();
  const { schema, audit, softDelete, tenancy, migrate, allowDestructive } = source.databaseOptions;
  const parts = {
    version: packageVersion(),
    server,
    options: { schema, audit, softDelete, walls: tenancy.walls, migrate, allowDestructive },
    migrations: source.migrations.map(({ constructor, name }) => [name, String(constructor)]),
    tables: metadatas.map(shapeOf).toSorted((one, other) => (one[0] < other[0] ? -1 : 1)),
    audited: source.auditPlans,
    seed: [String(options.seed ?? ''), options.seedKey],
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

function shapeOf(metadata: EntityMetadata): [string, ...unknown[]] {
  return [
    metadata.tablePath,
    classOf(metadata),
    metadata.expression,
    metadata.columns.map((one) => [
      one.databaseName,
      typeof one.type === 'function' ? one.type.name : one.type,
      [one.length, one.precision, one.scale, one.isNullable, one.isArray],
      [one.isPrimary, one.isGenerated, one.generationStrategy, one.generatedType, one.asExpression],
      [typeof one.default === 'function' ? one.default() : one.default, one.enum],
    ]),
    metadata.indices.map((one) => [
      one.name,
      one.isUnique,
      one.where,
      one.columns.map((column) => column.databaseName),
    ]),
    metadata.uniques.map((one) => [one.name, one.columns.map((column) => column.databaseName)]),
    metadata.checks.map((one) => [one.name, one.expression]),
    metadata.exclusions.map((one) => [one.name, one.expression]),
    metadata.foreignKeys.map((one) => [one.name, one.onDelete, one.onUpdate, one.deferrable]),
  ];
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
