import type { DataSource, FindOptionsWhere } from 'typeorm';
import {
  CONVERSATION_STATES,
  Conversation,
  type ConversationState,
} from '../../entities/conversations/conversation.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
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
}

function noState(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The state that was asked for is none of a conversation',
    mend: `Ask for ${CONVERSATION_STATES.join(' or ')}, or leave it out for all`,
  });
}
