import type { DataSource, FindOptionsWhere } from 'typeorm';
import {
  CONVERSATION_STATES,
  Conversation,
  type ConversationState,
} from '../../entities/conversations/conversation.entity.js';
import { Message } from '../../entities/conversations/message.entity.js';
import { MessageAttachment } from '../../entities/conversations/message-attachment.entity.js';
import { ConversationMemory } from '../../entities/memory/conversation-memory.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import { type Dependents, deleteTogether, restoreTogether } from '../soft-delete-act.js';
import { StateMachine } from '../state-machine.js';

export interface ConversationPageOptions {
  readonly state?: ConversationState;
  readonly creatorId?: string;
  /** Default 50, at most 1,000. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

const STATES = new StateMachine<Conversation, ConversationState>('state', {
  open: ['archived'],
  archived: ['open'],
});

const MESSAGES: Dependents = {
  entity: Message,
  reference: 'conversationId',
  dependents: [{ entity: MessageAttachment, reference: 'messageId' }],
};

const MEMORY: Dependents = { entity: ConversationMemory, reference: 'conversationId' };

export class ConversationRepository extends DomainRepository<Conversation> {
  constructor(source: DataSource) {
    super(Conversation, source);
  }

  /** An archived conversation can be read, and takes no messages. */
  archive(id: string): Promise<Conversation> {
    return STATES.move(this, id, 'archived', { archivedAt: new Date() });
  }

  reopen(id: string): Promise<Conversation> {
    return STATES.move(this, id, 'open', { archivedAt: null });
  }

  rename(id: string, title: string): Promise<Conversation> {
    // Undefined would mean: leave it as it is.
    return this.update(id, { title: title ?? null });
  }

  /** Everything but the state. */
  override async update(id: string, changes: RowChanges<Conversation>): Promise<Conversation> {
    STATES.refuseIn(changes, 'archive or reopen');
    return super.update(id, changes);
  }

  /** Newest first. */
  async page(options: ConversationPageOptions = {}): Promise<KeysetPage<Conversation>> {
    const { state, creatorId, ...page } = checkedObject('options', options);
    if (state !== undefined && !CONVERSATION_STATES.includes(state)) throw noState();
    const where: FindOptionsWhere<Conversation> = {
      ...(state === undefined ? {} : { state }),
      ...(creatorId === undefined ? {} : { creatorId }),
    };
    return this.findPage({ ...page, where, order: { id: 'DESC' } });
  }

  /** With its messages, their attachments, and what is remembered of it, as one act. */
  override async delete(id: string): Promise<void> {
    const deleted = await this.transaction(() =>
      deleteTogether(this.manager, this.metadata.target, [id], this.reached()),
    );
    if (deleted === 0) throw notFound(this.metadata.name);
  }

  override async restore(id: string): Promise<Conversation> {
    await this.transaction(() =>
      restoreTogether(this.manager, this.metadata.target, id, this.reached()),
    );
    return this.getById(id);
  }

  /** The memory is not there on servers without vectors. */
  private reached(): readonly Dependents[] {
    const hasMemory = this.manager.dataSource.hasMetadata(ConversationMemory);
    return hasMemory ? [MESSAGES, MEMORY] : [MESSAGES];
  }
}

function noState(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The state that was asked for is none of a conversation',
    mend: `Ask for ${CONVERSATION_STATES.join(' or ')}, or leave it out for all`,
  });
}
