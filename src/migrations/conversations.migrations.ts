import { CreateConversations1767225600006 } from './1767225600006-create-conversations.js';
import type { MigrationClass } from './migration-class.js';

export const CONVERSATIONS_MIGRATIONS: readonly MigrationClass[] = [
  CreateConversations1767225600006,
];
