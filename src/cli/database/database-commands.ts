import type { Command } from '../command.js';
import { dbHealth } from './db-health.command.js';
import { dbWait } from './db-wait.command.js';

export const DATABASE_COMMANDS: readonly Command[] = [dbHealth, dbWait];
