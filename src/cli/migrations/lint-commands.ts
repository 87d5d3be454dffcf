import type { Command } from '../command.js';
import { migrationLint } from './migration-lint.command.js';

export const LINT_COMMANDS = [migrationLint] as readonly Command[];
