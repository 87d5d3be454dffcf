import type { Command } from '../command.js';
import { deletedList } from './deleted-list.command.js';
import { deletedPurge } from './deleted-purge.command.js';
import { deletedRestore } from './deleted-restore.command.js';

export const DELETED_COMMANDS = [deletedList, deletedRestore, deletedPurge] as readonly Command[];
