import { Logger } from '@nestjs/common';
import { type MigrationInterface } from 'typeorm';
import {
  type DatabaseModuleOptions,
  type MigratorOptions,
  Migrator,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';

type Statements = string | readonly string[];

export interface MigrationPlan {
  readonly up: Statements;
  readonly down?: Statements;
  readonly transaction?: boolean;
}

/** A migration class as a user would have written it. */
export function migration(name: string, plan: MigrationPlan): new () => MigrationInterface {
  const send = async (runner: { query(sql: string): Promise<unknown> }, statements: Statements) => {
    for (const sql of [statements].flat()) await runner.query(sql);
  };
  return class implements MigrationInterface {
    name = name;
    transaction = plan.transaction as boolean;
    up = (runner: never) => send(runner, plan.up);
    down = (runner: never) => send(runner, plan.down ?? []);
  };
}

export interface Migrating {
  readonly source: RowguardDataSource;
  readonly migrator: Migrator;
  /** What was told while it ran. */
  readonly said: string[];
  close(): Promise<void>;
}

/** A data source that is open, and on which nothing has run yet. */
export async function openMigrating(
  url: string,
  migrations: readonly (new () => MigrationInterface)[],
  given: MigratorOptions = {},
  options: DatabaseModuleOptions = {},
): Promise<Migrating> {
  Logger.overrideLogger(false);
  const source = createDataSource({ url, migrations: [...migrations], ...options });
  source.setOptions({ synchronize: false, migrationsRun: false, dropSchema: false });
  await source.initialize();
  const said: string[] = [];
  const migrator = new Migrator(source, {
    say: (text) => said.push(text),
    judge: () => Promise.resolve([]),
    environment: {},
    lockFile: '/nowhere/migrations.lock.json',
    ...given,
  });
  return { source, migrator, said, close: () => source.destroy() };
}
