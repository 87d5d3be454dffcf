import type { DataSource, Migration } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { ShadowError } from '../../errors/shadow.error.js';
import { type Judge, rulesWith } from '../approval/judge.js';
import type { LintFinding } from '../lint/finding.js';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import { recordMigration } from '../recording/record-migration.js';
import { ShadowDatabase } from '../shadow/shadow-database.js';
import type { TracedMigration } from '../shadow/traced-migration.js';
import type { MigrationPlan, PlanMode, PlannedMigration } from './migration-plan.js';
import { type PlannedDatabase, lookAtDatabase } from './planned-database.js';

export interface PlanOptions {
  /** `shadow` runs what is pending on a database inside the process; `record` only reads it. */
  readonly mode?: PlanMode;
  /** Migrations that nobody has to approve. */
  readonly isTrusted?: (migration: Migration) => boolean;
  readonly judge?: Judge;
}

interface Traced {
  readonly migrations: readonly (RecordedMigration | TracedMigration)[];
  readonly warnings: readonly string[];
}

/** What a run of the pending migrations would send. Writes nothing to the database. */
export async function planMigrations(
  source: DataSource,
  options: PlanOptions = {},
): Promise<MigrationPlan> {
  const { mode = 'shadow', isTrusted = () => false, judge = rulesWith() } = options;
  if (mode !== 'shadow' && mode !== 'record') throw noSuchMode(mode);
  const database = await lookAtDatabase(source);
  const { pending, applied } = database;
  const { migrations, warnings } =
    mode === 'shadow' && pending.length > 0
      ? await onShadow(source, database)
      : { migrations: await recorded(source, pending), warnings: [] };
  const trusted = new Set(pending.filter(isTrusted).map(({ name }) => name));
  const judged = migrations.filter(({ name }) => !trusted.has(name));
  const said = await judgement(judged, judge);
  return {
    mode,
    applied: applied.length,
    migrations: migrations.map((one) => planned(one, said.findings)),
    rows: rowsOf(migrations, database.rows),
    warnings: [...warnings, ...said.warnings],
  };
}

async function onShadow(
  source: DataSource,
  { applied, pending, names }: PlannedDatabase,
): Promise<Traced> {
  const shadow = await ShadowDatabase.open(source, names);
  try {
    await shadow.replay(applied);
    const traced: TracedMigration[] = [];
    for (const migration of pending) {
      const one = await shadow.traceMigration(migration);
      traced.push(one);
      if (one.stoppedBy) break;
    }
    return {
      migrations: [...traced, ...(await recorded(source, pending.slice(traced.length)))],
      warnings: [],
    };
  } catch (error) {
    if (!(error instanceof ShadowError)) throw error;
    return {
      migrations: await recorded(source, pending),
      warnings: [`${error.message}; locks and rewrites are not known`],
    };
  } finally {
    await shadow.close();
  }
}

async function recorded(
  source: DataSource,
  migrations: readonly Migration[],
): Promise<RecordedMigration[]> {
  const all: RecordedMigration[] = [];
  for (const migration of migrations) all.push(await recordMigration(source, migration));
  return all;
}

async function judgement(
  migrations: readonly RecordedMigration[],
  judge: Judge,
): Promise<{ findings: readonly LintFinding[]; warnings: readonly string[] }> {
  if (migrations.length === 0) return { findings: [], warnings: [] };
  try {
    return { findings: await judge(migrations), warnings: [] };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { findings: [], warnings: [`the rules could not be asked: ${said}`] };
  }
}

function planned(
  { name, timestamp, transaction, isDynamic, statements, stoppedBy }: RecordedMigration,
  all: readonly LintFinding[],
): PlannedMigration {
  const findings = all.filter((one) => one.migration === name);
  return {
    name,
    timestamp,
    transaction,
    isDynamic,
    isTraced: statements.some((one) => 'locks' in one),
    statements: statements.map((one) => ({ locks: [], rewrites: [], ...one })),
    findings,
    needsApproval: findings.some((one) => one.severity === 'destructive'),
    ...(stoppedBy ? { stoppedBy: stoppedBy.message } : {}),
  };
}

function rowsOf(
  migrations: Traced['migrations'],
  known: PlannedDatabase['rows'],
): Record<string, number | null> {
  const touched = migrations.flatMap(({ statements }) =>
    statements.flatMap((one) =>
      'locks' in one ? [...one.locks.map(({ table }) => table), ...one.rewrites] : [],
    ),
  );
  return Object.fromEntries(
    [...new Set(touched)].toSorted().flatMap((table) => {
      const rows = known[table];
      return rows === undefined ? [] : [[table, rows]];
    }),
  );
}

function noSuchMode(mode: string): InvalidInputError {
  return new InvalidInputError({
    problem: `There is no mode ${JSON.stringify(mode)} of a plan`,
    mend: 'Write shadow, or record',
  });
}
