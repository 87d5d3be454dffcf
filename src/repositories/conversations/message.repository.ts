import type { DataSource, ObjectLiteral } from 'typeorm';
import { Conversation } from '../../entities/conversations/conversation.entity.js';
import { Message, type MessageRole } from '../../entities/conversations/message.entity.js';
import { MessageAttachment } from '../../entities/conversations/message-attachment.entity.js';
import { uuidV7 } from '../../entities/uuid-v7.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkNewRows } from '../../validation/row-check.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import { sendOwn } from '../own-statement.js';
import { checkedCount } from '../../validation/page-limit.js';
import { entitiesFrom } from '../returned-rows.js';
import { APPEND } from './append-statement.js';

/** A file that lies in a storage already. */
export interface NewAttachment {
  readonly fileName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly storageKey: string;
  /** SHA-256 in hexadecimal. */
  readonly checksum: string;
}

export interface NewMessage {
  readonly role: MessageRole;
  readonly content: string;
  readonly tokens?: number | null;
  readonly model?: string | null;
  readonly metadata?: Record<string, unknown>;
  /** A message of the same conversation. */
  readonly parentId?: string | null;
  /** A member of the tenant. */
  readonly authorId?: string | null;
  readonly attachments?: readonly NewAttachment[];
}

export interface MessagePageOptions {
  /** Forward: from the first message on. Backward: from the last one. Default: forward. */
  readonly direction?: 'forward' | 'backward';
  /** Default 50, at most 1,000. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

const MOST_MESSAGES = 1_000;

type Appended = ObjectLiteral & { readonly files: ObjectLiteral[] | null };

export class MessageRepository extends DomainRepository<Message> {
  constructor(source: DataSource) {
    super(Message, source);
  }

  /** The same as appendMany, for one conversation after the other; no number can be chosen. */
  override async insertMany(rows: readonly NewRow<Message>[]): Promise<Message[]> {
    checkList(rows);
    const conversations = new Set(rows.map((row) => row.conversationId));
    return this.transaction(async () => {
      const added = new Map<NewRow<Message>, Message | undefined>();
      for (const id of conversations) {
        const group = rows.filter((row) => row.conversationId === id);
        const messages = await this.appendMany(String(id), group as NewMessage[]);
        group.forEach((row, at) => added.set(row, messages[at]));
      }
      return rows.map((row) => added.get(row) as Message);
    });
  }

  /** Adds a message with the next number of its conversation, however many do so at once. */
  async append(conversationId: string, message: NewMessage): Promise<Message> {
    const [added] = await this.appendMany(conversationId, [message]);
    return added as Message;
  }

  /** Adds messages that follow each other without another in between; all of them, or none. */
  async appendMany(conversationId: string, messages: readonly NewMessage[]): Promise<Message[]> {
    const { rows, files } = this.checkedMessages(conversationId, messages);
    if (rows.length === 0) return [];
    const added = await sendOwn<Appended>(this.manager, APPEND, [
      conversationId,
      JSON.stringify(rows),
      JSON.stringify(files),
      rows.length,
    ]);
    if (added.length === 0) throw await this.refusal(conversationId);
    return this.messagesFrom(added);
  }

  /** The same as append: a number cannot be chosen. */
  override async create(values: NewRow<Message>): Promise<Message> {
    const { conversationId } = checkedObject('The new Message', values);
    return this.append(String(conversationId), values as NewMessage);
  }

  /** In the order of the conversation, or against it. */
  async page(
    conversationId: string,
    options: MessagePageOptions = {},
  ): Promise<KeysetPage<Message>> {
    const { direction = 'forward', ...page } = checkedObject('options', options);
    if (direction !== 'forward' && direction !== 'backward') throw noDirection();
    const order = { sequence: direction === 'forward' ? 'ASC' : 'DESC' } as const;
    return this.findPage({ ...page, where: { conversationId }, order });
  }

  /** The last `count` messages in the order of the conversation: what a prompt is made of. */
  async latest(conversationId: string, count: number): Promise<Message[]> {
    const take = checkedCount('count', count, MOST_MESSAGES);
    const rows = await this.find({ where: { conversationId }, order: { sequence: 'DESC' }, take });
    return rows.toReversed();
  }

  /** Adds files to a message that is there. */
  async attach(messageId: string, files: readonly NewAttachment[]): Promise<MessageAttachment[]> {
    const rows = this.checkedFiles(messageId, files);
    return this.transaction(async () => {
      const message = await this.findOne({
        where: { id: messageId },
        select: { id: true },
        lock: { mode: 'for_key_share' },
      });
      if (!message) throw notFound(this.metadata.name);
      if (rows.length > 0) await this.manager.insert(MessageAttachment, rows as never);
      return rows;
    });
  }

  /** The files of a message, in the order in which they came. */
  attachments(messageId: string): Promise<MessageAttachment[]> {
    return this.manager.find(MessageAttachment, { where: { messageId }, order: { id: 'ASC' } });
  }

  /** As the statement takes them; every bad field is told at once, before anything is sent. */
  private checkedMessages(conversationId: string, messages: readonly NewMessage[]) {
    checkList(messages);
    if (messages.length > MOST_MESSAGES) checkedCount('messages', messages.length, MOST_MESSAGES);
    const files: MessageAttachment[] = [];
    const rows = messages.map((message, at) => {
      const { role, content, tokens, model, metadata = {}, parentId, authorId } = message;
      const values = { role, content, tokens, model, metadata, parentId, authorId };
      const row = { id: uuidV7(), position: at + 1, ...values };
      files.push(...this.checkedFiles(row.id, message.attachments ?? []));
      return row;
    });
    const looked = rows.map((row) =>
      Object.assign(new Message(), row, { conversationId, sequence: row.position }),
    );
    checkNewRows(this.metadata, looked);
    return { rows, files };
  }

  private checkedFiles(messageId: string, files: readonly NewAttachment[]): MessageAttachment[] {
    checkList(files);
    const rows = files.map(({ fileName, mimeType, sizeBytes, storageKey, checksum }) => {
      const values = { fileName, mimeType, sizeBytes, storageKey, checksum };
      return Object.assign(new MessageAttachment(), { id: uuidV7(), messageId }, values);
    });
    checkNewRows(this.manager.dataSource.getMetadata(MessageAttachment), rows);
    return rows;
  }

  private messagesFrom(rows: readonly Appended[]): Message[] {
    const metadata = this.manager.dataSource.getMetadata(MessageAttachment);
    const files = { manager: this.manager, metadata } as never;
    return entitiesFrom<Message>(this, rows).map((message, at) =>
      Object.assign(message, {
        attachments: entitiesFrom<MessageAttachment>(files, rows[at]?.files ?? []),
      }),
    );
  }

  private async refusal(conversationId: string): Promise<Error> {
    const conversation = await this.manager.findOneBy(Conversation, { id: conversationId });
    if (!conversation) return noConversation();
    if (conversation.state === 'open') return noParent();
    return new TransitionRefusedError({
      problem: 'This Conversation is archived and takes no messages',
      mend: 'Reopen it first',
      given: { entity: 'Conversation', state: conversation.state },
    });
  }
}

function noConversation(): RowNotFoundError {
  return notFound('Conversation');
}

function noParent(): InvalidInputError {
  return new InvalidInputError({
    problem: 'parentId is the id of no message of this conversation',
    mend: 'Answer a message that was appended before to the same conversation; nothing was written',
  });
}

function checkList(rows: unknown): void {
  const isList = Array.isArray(rows);
  if (isList && rows.every((row) => typeof row === 'object' && row !== null)) return;
  throw new InvalidInputError({
    problem: 'What was given is no list of objects',
    mend: 'Pass a list; nothing was written',
  });
}

function noDirection(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The direction is neither forward nor backward',
    mend: 'Leave it out for the order of the conversation',
  });
}
