import type { RepositoryClass } from '../domain.repository.js';
import { ConversationRepository } from './conversation.repository.js';
import { MessageRepository } from './message.repository.js';

export const CONVERSATIONS_REPOSITORIES: readonly RepositoryClass[] = [
  ConversationRepository,
  MessageRepository,
];
