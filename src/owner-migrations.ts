import type pg from 'pg';
import type { DataSource, Migration } from 'typeorm';
import { DatabasePreparation } from './database-preparation.js';
import { partsOf } from './domain-catalog.js';
import { rulesWith } from './migrator/approval/judge.js';
import { ownerSql } from './guards-of-source.js';
import { InvalidInputError } from './errors/invalid-input.error.js';
import { SeatedClient } from './connection/transport/seated-client.js';
import { unavailable } from './connection/transport/unavailable.js';
import { knownMigrations } from './migrator/history/known-migrations.js';
import type { MigrationHost } from './migrator/migration-host.js';
import { Migrator } from './migrator/migrator.js';
import { SessionLock } from './migrator/running/session-lock.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import type { LoggerService } from '@nestjs/common';

type MigrationOptions = NonNullable<Parameters<DataSource['runMigrations']>[0]>;

export function migrationHostOf(source: RowguardDataSource, log: LoggerService): MigrationHost {
  // Anew each time: what it has to prepare depends on the entities, which are known later.
  const preparation = () => new DatabasePreparation(source, log);
  let lock: SessionLock | undefined;
  return {
    get lock() {
      if (source.plan.embedded) return undefined;
      return (lock ??= lockOf(source, log));
    },
    shipped: new Set(
      partsOf('all').flatMap(({ migrations }) => migrations.map(({ name }) => name)),
    ),
    judge: rulesWith(
      () => ({ schema: source.schemaName, ...source.databaseOptions.lint }),
      ownerSql(source),
    ),
    prepare: () => preparation().makeReady(),
    release: () => preparation().release(),
    secure: () => preparation().secure(),
    secureWhatIsLeft: () => preparation().secureWhatIsLeft(),
  };
}

/** As TypeORM asks for it, from code or from its own command line. */
export async function runAsked(
  source: RowguardDataSource,
  options: MigrationOptions = {},
): Promise<Migration[]> {
  refuseOtherModes(options);
  const { ran } = await new Migrator(source).run({ fake: options.fake ?? false });
  return knownMigrations(source).filter(({ name }) => ran.includes(name));
}

export async function undoAsked(
  source: RowguardDataSource,
  options: MigrationOptions = {},
): Promise<void> {
  refuseOtherModes(options);
  await new Migrator(source).revert({ fake: options.fake ?? false });
}

/** In the form that TypeORM's command line prints; answers whether anything is pending. */
export async function showAsked(source: RowguardDataSource): Promise<boolean> {
  const states = await new Migrator(source).show();
  for (const { name, state, checksum } of states) {
    const mark = state === 'applied' || state === 'missing' ? 'X' : ' ';
    const remark = checksum === 'edited' ? 'edited' : state;
    const isOrdinary = remark === 'applied' || remark === 'pending';
    source.logger.logSchemaBuild(`[${mark}] ${name}${isOrdinary ? '' : ` (${remark})`}`);
  }
  return states.some(({ state }) => state === 'pending' || state === 'failed');
}

function lockOf(source: RowguardDataSource, log: LoggerService): SessionLock {
  const table = source.options.migrationsTableName ?? 'migrations';
  return new SessionLock({
    name: `rowguard:${source.schemaName}:${table}`,
    open: () => openOwnerSession(source),
    say: (text) => log.log(text),
  });
}

/** Outside of the pools: a lock has to be held for as long as it takes. */
async function openOwnerSession(source: RowguardDataSource): Promise<pg.Client> {
  const { adminUrl, url } = source.databaseOptions;
  const { transport } = source.plan;
  const config = {
    connectionString: adminUrl ?? url,
    application_name: 'rowguard-migrations',
    keepAlive: true,
  } as pg.ClientConfig;
  const open = async (): Promise<pg.Client> => {
    const session = new SeatedClient(transport?.applied(config) ?? config);
    return session.connect();
  };
  try {
    return await (transport?.hostsOf(config.connectionString)?.inTurn(open) ?? open());
  } catch (error) {
    const wanted = transport?.describe(config.connectionString);
    throw (wanted && unavailable(error as Error, wanted)) ?? error;
  }
}

function refuseOtherModes({ transaction }: MigrationOptions): void {
  if (transaction === undefined || transaction === 'each') return;
  throw new InvalidInputError({
    problem: `Migrations were asked to run with transaction: ${JSON.stringify(transaction)}`,
    mend: 'Leave it out: each migration has a transaction of its own, and one that cannot be in one says so itself with transaction = false',
  });
}
