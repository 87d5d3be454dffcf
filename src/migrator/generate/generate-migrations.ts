import type { DataSource } from 'typeorm';
import { withoutRebuiltColumns } from './column-changes.js';
import {
  type GeneratedMigration,
  type Generation,
  STAGES,
  type Stage,
  type StagedStep,
} from './generated-migration.js';
import { migrationName } from './migration-name.js';
import { withoutNeedlessRebuilds } from './needless-rebuilds.js';
import type { SchemaStep } from './schema-step.js';
import { type SecureTable, StepSorter } from './step-sorter.js';

const SUFFIXES: Readonly<Record<Stage, string>> = {
  tables: '',
  indexes: '-indexes',
  constraints: '-constraints',
  validation: '-validation',
};

/** What TypeORM finds to be done, as migrations that neither lose data nor stop the application. */
export async function generateMigrations(
  source: DataSource,
  basename: string,
  timestamp: number,
  secure: SecureTable,
): Promise<Generation> {
  const steps = await differenceOf(source);
  const columns = withoutRebuiltColumns(steps);
  const sorted = new StepSorter(secure).sortOut(withoutNeedlessRebuilds(columns.left));
  const all = [...sorted.steps, ...columns.altered];
  const used = STAGES.filter((stage) =>
    all.some((step) => step.stage === stage && step.up.length > 0),
  );
  const migrations = used.map((stage, at) => {
    const suffix = used.length > 1 ? SUFFIXES[stage] : '';
    const name = migrationName(`${basename}${suffix}`, timestamp + at);
    return migrationOfStage(stage, all, name);
  });
  return {
    migrations,
    refused: [...columns.refused, ...sorted.refused],
    notes: [...columns.notes, ...sorted.notes],
  };
}

async function differenceOf(source: DataSource): Promise<SchemaStep[]> {
  const { upQueries, downQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries.map(({ query, parameters }, at) => {
    const undo = downQueries[at];
    return {
      up: query,
      down: undo?.query ?? '',
      ...(parameters?.length ? { parameters } : {}),
      ...(undo?.parameters?.length ? { downParameters: undo.parameters } : {}),
    };
  });
}

function migrationOfStage(
  stage: Stage,
  all: readonly StagedStep[],
  name: { readonly className: string; readonly fileName: string },
): GeneratedMigration {
  const steps = all.filter((step) => step.stage === stage);
  return {
    ...name,
    transaction: stage !== 'indexes',
    up: steps.flatMap(({ up }) => up),
    down: steps.toReversed().flatMap(({ down }) => down.filter(({ sql }) => sql !== '')),
  };
}
