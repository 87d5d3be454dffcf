import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { type SchemaChoice, type SchemaPart, partsOf } from '../../src/domain-catalog.js';
import { type AskSql, differences, dumpSchema, withoutTooling } from './schema-dump.js';
import { type OpenedSource, opened } from './opened-source.js';
import { ScratchDatabase } from './scratch-database.js';

export type FreshSource = OpenedSource<RowguardDataSource>;

export type OpenFresh = (options: DatabaseModuleOptions) => Promise<FreshSource>;

/** Installed, with no row in it, in a database of its own. */
export const openFresh: OpenFresh = async (options) => {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, ...options });
  return opened(source, database);
};

export const openFreshEmbedded: OpenFresh = async (options) => {
  Logger.overrideLogger(false);
  const source = createDataSource({ embedded: 'memory', ...options });
  await source.initialize();
  return { source, database: undefined, close: () => source.destroy() };
};

export function catalogOf(source: RowguardDataSource): AskSql {
  return (sql, parameters) =>
    TenantContext.runAsSystem('reading the catalog', () => source.query(sql, parameters));
}

export interface MigrationCycle {
  readonly migrations: number;
  /** What the first way up had made. */
  readonly installed: readonly string[];
  /** What is left after the way down, apart from the tooling. */
  readonly left: readonly string[];
  /** Between the first and the second way up. */
  readonly differences: readonly string[];
}

/** All migrations up, as they are after an installation; all down; all up again. */
export async function upDownUp(source: RowguardDataSource): Promise<MigrationCycle> {
  const ask = catalogOf(source);
  const installed = await dumpSchema(ask);
  const migrations = source.migrations.length;
  for (let undone = 0; undone < migrations; undone++) {
    await source.undoLastMigration({ transaction: 'each' });
  }
  const left = withoutTooling(await dumpSchema(ask));
  await source.runMigrations({ transaction: 'each' });
  const again = await dumpSchema(ask);
  return { migrations, installed, left, differences: differences(installed, again) };
}

/** Those of a choice that this server can have: one without an extension leaves its part out. */
export function partsInstalled(source: RowguardDataSource, choice: SchemaChoice): SchemaPart[] {
  return partsOf(choice).filter(
    ({ extension }) => !extension || !source.missingExtensions.has(extension.name),
  );
}
