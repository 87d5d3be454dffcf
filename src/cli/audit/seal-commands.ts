import type { Command } from '../command.js';
import { auditErase } from './audit-erase.command.js';
import { auditProve } from './audit-prove.command.js';
import { auditRetain } from './audit-retain.command.js';
import { auditSeal } from './audit-seal.command.js';
import { auditVerify } from './audit-verify.command.js';

export const SEAL_COMMANDS = [
  auditSeal,
  auditVerify,
  auditProve,
  auditErase,
  auditRetain,
] as readonly Command[];
