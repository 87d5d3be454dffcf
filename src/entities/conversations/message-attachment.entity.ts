import { Entity, type Relation } from 'typeorm';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { IndexReference } from '../index-reference.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Message } from './message.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** A file that came with a message; its bytes lie in a storage that the key leads to. */
@Entity({ name: 'message_attachments' })
@Rule('checksum is a SHA-256 in hexadecimal', `"checksum" ~ '^[0-9a-f]{64}$'`)
@IndexReference('messageId')
export class MessageAttachment extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Message, {
    nullable: false,
    onDelete: 'RESTRICT',
    inverse: (message: Message) => message.attachments,
  })
  message!: Relation<Message>;
  messageId!: string;

  @TextColumn({ max: 255 })
  fileName!: string;

  @TextColumn({ max: 255, matches: /^[\w.+-]+\/[\w.+-]+$/ })
  mimeType!: string;

  @BigCountColumn()
  sizeBytes!: number;

  @TextColumn({ max: 1_000 })
  storageKey!: string;

  /** SHA-256 of the bytes, in hexadecimal. */
  @TextColumn({ matches: /^[0-9a-f]{64}$/ })
  checksum!: string;
}
