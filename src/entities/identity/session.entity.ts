import { Entity, JoinColumn, ManyToOne } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { IdColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexReference } from '../index-reference.decorator.js';
import { IndexActive } from '../index-active.decorator.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { User } from './user.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** Longer than all headers together that Node accepts. */
const LONGEST_HEADER = 20_000;

/** A person who is signed in. The property names are those of better-auth. */
@Entity({ name: 'sessions' })
@Tenantless('a person signs in before any tenant is known', { tenants: 'none' })
@IndexReference('userId')
@IndexActive('expiresAt')
export class Session extends SharedEntity {
  @SoftDelete('ignore')
  @ManyToOne(() => User, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user!: User;

  @IdColumn()
  userId!: string;

  /** Sealed, not as it is in the cookie: docs/decisions/0012-session-tokens.md. */
  @UniqueActive()
  @TextColumn({ hidden: true })
  token!: string;

  @TimeColumn()
  expiresAt!: Date;

  @TextColumn({ max: LONGEST_HEADER, nullable: true })
  ipAddress!: string | null;

  @TextColumn({ max: LONGEST_HEADER, nullable: true })
  userAgent!: string | null;
}
