import { Conversation } from './conversation.entity.js';
import { Message } from './message.entity.js';
import { MessageAttachment } from './message-attachment.entity.js';

export const CONVERSATIONS_ENTITIES: readonly Function[] = [
  Conversation,
  Message,
  MessageAttachment,
];
