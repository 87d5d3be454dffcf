import type { Command } from '../command.js';
import { auditExport } from './audit-export.command.js';
import { auditHistory } from './audit-history.command.js';
import { auditTail } from './audit-tail.command.js';

export const LOG_COMMANDS = [auditHistory, auditTail, auditExport] as readonly Command[];
