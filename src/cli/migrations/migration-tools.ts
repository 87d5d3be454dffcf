import type { Command } from '../command.js';
import { migrationPlan } from './migration-plan.command.js';
import { migrationTest } from './migration-test.command.js';

export const MIGRATION_TOOLS = [migrationPlan, migrationTest] as readonly Command[];
