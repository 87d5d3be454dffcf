import { LOG_COMMANDS } from './audit/log-commands.js';
import { SEAL_COMMANDS } from './audit/seal-commands.js';
import type { Command } from './command.js';
import { DATABASE_COMMANDS } from './database/database-commands.js';
import { DELETED_COMMANDS } from './deleted/deleted-commands.js';
import { doctor } from './doctor.command.js';
import { MIGRATION_COMMANDS } from './migrations/migration-commands.js';
import { citusPlanCommand } from './citus-plan.command.js';
import { keyRotate } from './key-rotate.command.js';
import { schemaDiagram } from './schema-diagram.command.js';

export const COMMANDS: readonly Command[] = [
  doctor,
  schemaDiagram,
  ...DATABASE_COMMANDS,
  citusPlanCommand,
  keyRotate,
  ...MIGRATION_COMMANDS,
  ...LOG_COMMANDS,
  ...SEAL_COMMANDS,
  ...DELETED_COMMANDS,
];
