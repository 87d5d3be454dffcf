import { Entity, JoinColumn, ManyToOne } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { IdColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexReference } from '../index-reference.decorator.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { User } from './user.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

const LONGEST_TOKEN = 100_000;

/**
 * One way in which a person signs in: a password, or a provider. The property names are those of
 * better-auth; what is secret is never selected unless asked for by name.
 */
@Audited({ mask: ['accessToken', 'refreshToken', 'idToken', 'password'] })
@Entity({ name: 'accounts' })
@Tenantless('a person signs in before any tenant is known', { tenants: 'none' })
@UniqueActive('providerId', 'accountId')
@IndexReference('userId')
export class Account extends SharedEntity {
  @TextColumn()
  accountId!: string;

  @TextColumn()
  providerId!: string;

  @SoftDelete('ignore')
  @ManyToOne(() => User, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user!: User;

  @IdColumn()
  userId!: string;

  @TextColumn({ max: LONGEST_TOKEN, nullable: true, hidden: true })
  accessToken!: string | null;

  @TextColumn({ max: LONGEST_TOKEN, nullable: true, hidden: true })
  refreshToken!: string | null;

  @TextColumn({ max: LONGEST_TOKEN, nullable: true, hidden: true })
  idToken!: string | null;

  @TimeColumn({ nullable: true })
  accessTokenExpiresAt!: Date | null;

  @TimeColumn({ nullable: true })
  refreshTokenExpiresAt!: Date | null;

  @TextColumn({ max: 10_000, nullable: true })
  scope!: string | null;

  /** A hash, as PasswordHasher writes it. */
  @TextColumn({ nullable: true, hidden: true })
  password!: string | null;
}
