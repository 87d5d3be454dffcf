import { IsArray } from 'class-validator';
import { Column, Entity, Index, type Relation } from 'typeorm';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { Conversation } from '../conversations/conversation.entity.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const DEFAULT_NAMESPACE = 'default';

/**
 * What is remembered, and the vector that it is found by. Vectors of several models, and so of
 * several lengths, lie in one table; each length that is searched by an index has one of its own.
 */
@Entity({ name: 'conversation_memory' })
@Rule('embedding has as many values as dimensions says', 'vector_dims("embedding") = "dimensions"')
@UniqueActive('namespace', 'key')
@IndexActive('dimensions', 'namespace')
@IndexActive('conversationId')
@Index('ix_conversation_memory_embedding_384_cosine', { synchronize: false })
@Index('ix_conversation_memory_embedding_768_cosine', { synchronize: false })
@Index('ix_conversation_memory_embedding_1024_cosine', { synchronize: false })
@Index('ix_conversation_memory_embedding_1536_cosine', { synchronize: false })
export class ConversationMemory extends TenantEntity {
  @TextColumn({ max: 200, default: DEFAULT_NAMESPACE })
  namespace!: string;

  /** Tells what is remembered already, within its namespace; without one it cannot be replaced. */
  @TextColumn({ min: 1, max: 500, nullable: true })
  key!: string | null;

  @TextColumn({ max: 1_000_000 })
  content!: string;

  @JsonColumn()
  metadata!: Record<string, unknown>;

  /** Never selected unless asked for by name: nobody reads a thousand numbers for a text. */
  @Column({ type: 'vector', select: false })
  @IsArray()
  embedding!: number[];

  @CountColumn({ min: 1 })
  dimensions!: number;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Conversation, { onDelete: 'RESTRICT' })
  conversation!: Relation<Conversation> | null;
  conversationId!: string | null;
}
