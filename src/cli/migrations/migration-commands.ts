import type { Command } from '../command.js';
import { migrationBaseline } from './migration-baseline.command.js';
import { migrationCreate } from './migration-create.command.js';
import { migrationGenerate } from './migration-generate.command.js';
import { migrationLint } from './migration-lint.command.js';
import { migrationPlan } from './migration-plan.command.js';
import { migrationRepair } from './migration-repair.command.js';
import { migrationRevert } from './migration-revert.command.js';
import { migrationRun } from './migration-run.command.js';
import { migrationShow } from './migration-show.command.js';
import { migrationTest } from './migration-test.command.js';
import { migrationValidate } from './migration-validate.command.js';
import { schemaDrift } from './schema-drift.command.js';

export const MIGRATION_COMMANDS = [
  migrationRun,
  migrationRevert,
  migrationShow,
  migrationValidate,
  migrationRepair,
  migrationBaseline,
  migrationLint,
  migrationPlan,
  migrationTest,
  migrationGenerate,
  migrationCreate,
  schemaDrift,
] as readonly Command[];
