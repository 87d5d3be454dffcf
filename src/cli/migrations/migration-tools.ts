import type { Command } from '../command.js';
import { migrationCreate } from './migration-create.command.js';
import { migrationGenerate } from './migration-generate.command.js';
import { migrationPlan } from './migration-plan.command.js';
import { migrationTest } from './migration-test.command.js';
import { schemaDrift } from './schema-drift.command.js';

export const MIGRATION_TOOLS = [
  migrationCreate,
  migrationGenerate,
  migrationPlan,
  migrationTest,
  schemaDrift,
] as readonly Command[];
