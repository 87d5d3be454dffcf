import pg from 'pg';
import type { DataSource, Migration, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { EmbeddedEngine, MEMORY } from '../../embedded/embedded-engine.js';
import { ShadowError } from '../../errors/shadow.error.js';
import { createTenantFunction } from '../../schema/policies.js';
import { ensureRoles } from '../../schema/roles.js';
import { type RunSql, quoteName } from '../../schema/sql.js';
import type { Direction } from '../recording/recorded-migration.js';
import { ScratchServer } from './scratch-server.js';
import { ShadowQueryRunner } from './shadow-query-runner.js';
import { shadowSource } from './shadow-source.js';
import { StatementTrace } from './statement-trace.js';
import type { TracedMigration } from './traced-migration.js';

/** What the real database and its owner are called. */
export interface DatabaseNames {
  readonly database: string;
  readonly login: string;
}

/** A database of its own, without anybody's data, on which migrations are tried out. */
export class ShadowDatabase {
  readonly source: DataSource;
  readonly ask: RunSql;
  private trace: StatementTrace | undefined;

  private constructor(
    source: DataSource,
    private readonly client: pg.Client,
    private readonly end: () => Promise<void>,
  ) {
    this.ask = async <Row>(sql: string, parameters?: unknown[]) =>
      (await client.query(sql, parameters)).rows as Row[];
    const send = (sql: string, parameters?: unknown[]) =>
      this.trace ? this.trace.send(sql, parameters) : client.query(sql, parameters);
    this.source = shadowSource(
      source,
      (shadow) => new ShadowQueryRunner(shadow.driver as PostgresDriver, client, send),
    );
  }

  /** Inside the process. The entities and migrations of the source have to be built. */
  static async open(source: DataSource, names?: DatabaseNames): Promise<ShadowDatabase> {
    const engine = await EmbeddedEngine.open(MEMORY).catch((cause: unknown) => {
      throw noEngine(cause);
    });
    const config = { ...engine.poolConfig(), connection: engine.connect() };
    const shadow = await ShadowDatabase.start(source, config, () => engine.close());
    if (names) await shadow.appearAs(names);
    return shadow;
  }

  /** A new database on a server, dropped when it is closed. */
  static async openOnServer(source: DataSource, url: string): Promise<ShadowDatabase> {
    const server = await ScratchServer.create(url);
    return ShadowDatabase.start(source, { connectionString: server.url }, () => server.drop());
  }

  private static async start(
    source: DataSource,
    config: pg.ClientConfig,
    end: () => Promise<void>,
  ): Promise<ShadowDatabase> {
    const client = new pg.Client(config);
    // An error of the connection comes out of the statement that meets it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const shadow = new ShadowDatabase(source, client, end);
      await shadow.prepare();
      return shadow;
    } catch (error) {
      await client.end().catch(() => undefined);
      await end().catch(() => undefined);
      throw error;
    }
  }

  /** Runs a migration as it would be run, and tells what each statement did. */
  async traceMigration(
    migration: Migration,
    direction: Direction = 'up',
  ): Promise<TracedMigration> {
    const runner = this.source.createQueryRunner();
    const trace = await StatementTrace.start(this.client, this.ask);
    const transaction = migration.instance?.transaction !== false;
    let stoppedBy: Error | undefined;
    try {
      await this.within(runner, transaction, async () => {
        this.trace = trace;
        trace.isInTransaction = transaction;
        await migration.instance?.[direction](runner).finally(() => (this.trace = undefined));
      });
    } catch (error) {
      stoppedBy = error instanceof Error ? error : new Error(String(error));
    }
    const { name, timestamp } = migration;
    return {
      name,
      timestamp,
      direction,
      statements: trace.statements,
      transaction,
      isDynamic: trace.asked,
      ...(stoppedBy ? { stoppedBy } : {}),
    };
  }

  /** Runs migrations without looking at what they do. */
  async replay(migrations: readonly Migration[], direction: Direction = 'up'): Promise<void> {
    for (const migration of migrations) {
      const runner = this.source.createQueryRunner();
      const transaction = migration.instance?.transaction !== false;
      try {
        await this.within(runner, transaction, async () => {
          await migration.instance?.[direction](runner);
        });
      } catch (cause) {
        throw cannotReplay(migration, direction, cause);
      }
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
    await this.end();
  }

  /** What the module itself makes before the first migration. */
  private async prepare(): Promise<void> {
    const { schema = 'public' } = this.source.driver as { schema?: string };
    await this.ask(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
    await this.ask("select set_config('search_path', $1, false)", [
      schema === 'public' ? 'public' : `${quoteName(schema)}, public`,
    ]);
    await ensureRoles(this.ask, undefined);
    await this.ask(createTenantFunction(schema));
    const builder = this.source.driver.createSchemaBuilder() as {
      createMetadataTableIfNecessary?(runner: QueryRunner): Promise<void>;
    };
    await builder.createMetadataTableIfNecessary?.(this.source.createQueryRunner());
  }

  /** Statements may be built out of these names; the catalog is nobody's but ours. */
  private async appearAs({ database, login }: DatabaseNames): Promise<void> {
    await this.ask('update pg_database set datname = $1 where datname = current_database()', [
      database,
    ]);
    await this.ask(
      `update pg_authid set rolname = $1 where rolname = session_user
       and not exists (select 1 from pg_authid where rolname = $1)`,
      [login],
    );
  }

  private async within(
    runner: QueryRunner,
    transaction: boolean,
    work: () => Promise<void>,
  ): Promise<void> {
    if (transaction) await runner.startTransaction();
    try {
      await work();
      if (runner.isTransactionActive) await runner.commitTransaction();
    } catch (error) {
      await this.ask('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

function noEngine(cause: unknown): ShadowError {
  return new ShadowError({
    problem: 'The shadow database needs the embedded engine, which is not installed',
    mend: 'Run npm i -D @electric-sql/pglite, or ask for --mode record',
    cause,
  });
}

function cannotReplay(migration: Migration, direction: Direction, cause: unknown): ShadowError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ShadowError({
    problem: `The migration ${migration.name} cannot be run (${direction}) on an empty shadow database: ${said}`,
    mend: 'A migration has to run on a database that only the migrations before it have made',
    given: { migration: migration.name },
    cause,
  });
}
