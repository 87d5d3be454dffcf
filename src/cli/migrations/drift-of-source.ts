import { MigrationExecutor } from 'typeorm';
import { auditGuardOf, ownerGuardOf, ownerSql, schemaGuardOf } from '../../guards-of-source.js';
import { ShadowError } from '../../errors/shadow.error.js';
import { PROGRESS_TABLE } from '../../migrator/backfill/backfill-progress.js';
import { schemaDrift, unfinishedWork } from '../../migrator/drift/schema-drift.js';
import { detailsOf } from '../../migrator/history/migration-history.js';
import { migrationsInOrder } from '../../migrator/shadow/migrations-in-order.js';
import { SchemaSnapshot } from '../../migrator/shadow/schema-snapshot.js';
import { ShadowDatabase } from '../../migrator/shadow/shadow-database.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { Finding } from '../../schema/finding.js';
import type { RunSql } from '../../schema/sql.js';

export interface Drift {
  readonly findings: readonly Finding[];
  readonly pending: readonly string[];
  readonly warnings: readonly string[];
}

interface Live {
  readonly snapshot: SchemaSnapshot;
  readonly partitions: readonly string[];
  readonly names: { readonly database: string; readonly login: string };
  readonly findings: readonly Finding[];
}

const PARTITIONS = `select c.relname::text as name from pg_class c where c.relispartition and c.relkind in ('r','p')`;

/** What is there against what entities, migrations and the module itself declare. Writes nothing. */
export function driftOfSource(source: RowguardDataSource): Promise<Drift> {
  return source.visit('looking for drift', async () => {
    const entities = await entityFindings(source);
    const pending = await new MigrationExecutor(source).getPendingMigrations();
    const live = await look(source);
    const findings = [...live.findings, ...entities, ...unfinishedWork(live.snapshot)];
    const isPending = new Set(pending.map(({ name }) => name));
    const told = { findings, pending: [...isPending], warnings: [] };
    try {
      const declared = await declaredSchema(source, live, isPending);
      const left = [...live.partitions, ...declared.partitions, ...internalTables(source)];
      const drift = schemaDrift(declared.snapshot, live.snapshot, left);
      return { ...told, findings: [...findings, ...drift] };
    } catch (error) {
      if (!(error instanceof ShadowError)) throw error;
      const warning = `${error.message}; triggers, functions and indexes of migrations were not compared`;
      return { ...told, warnings: [warning] };
    }
  });
}

/** What TypeORM would change to have the tables as the entities say. */
async function entityFindings(source: RowguardDataSource): Promise<Finding[]> {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => ({
    rule: 'entities-differ',
    severity: 'error',
    subject: /\bTABLE\s+((?:"[^"]+"\.?)+)/.exec(query)?.[1]?.replaceAll('"', '') ?? 'schema',
    problem: `the entities would need: ${query}`,
    mend: [],
    advice: 'Write a migration for it: npx rowguard migration:generate <path>',
  }));
}

async function look(source: RowguardDataSource): Promise<Live> {
  return source.transaction('REPEATABLE READ', async () => {
    const ask = ownerSql(source);
    await ask('SET TRANSACTION READ ONLY');
    const [names] = await ask<Live['names']>(
      'select current_database()::text as database, session_user::text as login',
    );
    return {
      ...(await snapshotOf(ask)),
      names: names ?? { database: 'postgres', login: 'postgres' },
      findings: [
        ...(await schemaGuardOf(source).examine()),
        ...(await auditGuardOf(source).findings()),
        ...(await ownerGuardOf(source).findings()),
      ],
    };
  });
}

/** Made anew, by the migrations that were applied or else by the entities, and secured. */
async function declaredSchema(
  source: RowguardDataSource,
  { names }: Live,
  isPending: ReadonlySet<string>,
): Promise<Pick<Live, 'snapshot' | 'partitions'>> {
  const shadow = await ShadowDatabase.open(source, names);
  try {
    const there = shadow.source as RowguardDataSource;
    await shadow.replay(migrationsInOrder(source).filter(({ name }) => !isPending.has(name)));
    if (Object.keys(source.databaseOptions.migrations).length === 0) {
      await there.driver.createSchemaBuilder().build();
    }
    await schemaGuardOf(there).mend();
    await auditGuardOf(there).mend(true);
    await ownerGuardOf(there).mend();
    return await snapshotOf(shadow.ask);
  } finally {
    await shadow.close();
  }
}

async function snapshotOf(ask: RunSql): Promise<Pick<Live, 'snapshot' | 'partitions'>> {
  return {
    snapshot: await SchemaSnapshot.read(ask),
    partitions: (await ask<{ name: string }>(PARTITIONS)).map(({ name }) => name),
  };
}

function internalTables(source: RowguardDataSource): string[] {
  const history = source.options.migrationsTableName ?? 'migrations';
  const { metadataTableName } = source;
  return [
    history,
    `${history}_id_seq`,
    detailsOf(history),
    PROGRESS_TABLE,
    metadataTableName,
    'query-result-cache',
  ];
}
