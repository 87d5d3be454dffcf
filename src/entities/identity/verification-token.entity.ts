import { Entity } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { SharedEntity } from '../shared.entity.js';

/** A token that proves an address, or lets a password be set again. The names are better-auth's. */
@Entity({ name: 'verification_tokens' })
@Tenantless('an address is proved before any tenant is known', { tenants: 'none' })
@IndexActive('identifier')
@IndexActive('expiresAt')
export class VerificationToken extends SharedEntity {
  @TextColumn({ max: 2_000, hidden: true })
  identifier!: string;

  @TextColumn({ max: 100_000, hidden: true })
  value!: string;

  @TimeColumn()
  expiresAt!: Date;
}
