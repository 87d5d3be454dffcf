import { Entity, OneToMany, type Relation } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexActive } from '../index-active.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import type { Message } from './message.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const CONVERSATION_STATES = ['open', 'archived'] as const;
export type ConversationState = (typeof CONVERSATION_STATES)[number];

/** A talk of people and models, message after message. */
@Audited({ ignore: ['lastSequence'] })
@Entity({ name: 'conversations' })
@IndexActive('state', 'id')
@IndexReference('creatorId', 'id')
export class Conversation extends TenantEntity {
  @TextColumn({ max: 500 })
  title!: string;

  @ChoiceColumn(CONVERSATION_STATES, { default: 'open' })
  state!: ConversationState;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  creator!: Relation<Membership>;
  creatorId!: string;

  /** The number of the last message. It only grows, so that no number is given twice. */
  @CountColumn({ default: 0 })
  lastSequence!: number;

  @TimeColumn({ nullable: true })
  lastMessageAt!: Date | null;

  @TimeColumn({ nullable: true })
  archivedAt!: Date | null;

  @JsonColumn()
  metadata!: Record<string, unknown>;

  @OneToMany<Message>('Message', 'conversation')
  messages!: Message[];
}
