import type { Command } from './command.js';
import { doctor } from './doctor.command.js';

export const COMMANDS: readonly Command[] = [doctor];
