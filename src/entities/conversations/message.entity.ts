import { Entity, OneToMany, type Relation } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueForever } from '../unique-forever.decorator.js';
import { Conversation } from './conversation.entity.js';
import type { MessageAttachment } from './message-attachment.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const MESSAGE_ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export type MessageRole = (typeof MESSAGE_ROLES)[number];

const LONGEST_CONTENT = 1_000_000;

/** What somebody said in a conversation. */
@Entity({ name: 'messages' })
@UniqueForever('conversationId', 'sequence')
@IndexReference('parentId')
@IndexReference('authorId')
export class Message extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Conversation, {
    nullable: false,
    onDelete: 'RESTRICT',
    inverse: (conversation: Conversation) => conversation.messages,
  })
  conversation!: Relation<Conversation>;
  conversationId!: string;

  /** 1 for the first message of the conversation, and then without gaps; never given again. */
  @CountColumn({ min: 1 })
  sequence!: number;

  @ChoiceColumn(MESSAGE_ROLES)
  role!: MessageRole;

  /** May be empty: an answer that only calls tools says nothing. */
  @TextColumn({ min: 0, max: LONGEST_CONTENT })
  content!: string;

  @CountColumn({ nullable: true })
  tokens!: number | null;

  @TextColumn({ max: 200, nullable: true })
  model!: string | null;

  @JsonColumn()
  metadata!: Record<string, unknown>;

  /** The message of the same conversation that this one answers. */
  @SoftDelete('ignore')
  @TenantManyToOne(() => Message, { onDelete: 'RESTRICT' })
  parent!: Relation<Message> | null;
  parentId!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { onDelete: 'RESTRICT' })
  author!: Relation<Membership> | null;
  authorId!: string | null;

  @OneToMany<MessageAttachment>('MessageAttachment', 'message')
  attachments!: MessageAttachment[];
}
