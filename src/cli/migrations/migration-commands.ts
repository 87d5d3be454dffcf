import type { Command } from '../command.js';
import { migrationBaseline } from './migration-baseline.command.js';
import { migrationRepair } from './migration-repair.command.js';
import { migrationRevert } from './migration-revert.command.js';
import { migrationRun } from './migration-run.command.js';
import { migrationShow } from './migration-show.command.js';
import { migrationValidate } from './migration-validate.command.js';

export const MIGRATION_COMMANDS = [
  migrationRun,
  migrationRevert,
  migrationShow,
  migrationValidate,
  migrationRepair,
  migrationBaseline,
] as readonly Command[];
