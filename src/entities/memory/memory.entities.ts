import { ConversationMemory } from './conversation-memory.entity.js';

export const MEMORY_ENTITIES: readonly Function[] = [ConversationMemory];
