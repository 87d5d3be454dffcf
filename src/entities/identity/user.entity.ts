import { Entity, OneToMany } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { FlagColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import type { Membership } from './membership.entity.js';

/**
 * A member of the tenant in hand; the inner query is itself held to that tenant. Whoever is only
 * invited stays unseen: a tenant could else learn who is known here by inviting addresses.
 */
const HOLDS_A_MEMBERSHIP =
  "EXISTS (SELECT 1 FROM memberships m WHERE m.id = {row}.id AND m.tenant_id = {tenant} AND m.deleted_at IS NULL AND m.state <> 'invited')";

/** A person, with one login for all tenants. The property names are those of better-auth. */
@Audited()
@Entity({ name: 'users' })
@Tenantless('a person may belong to several tenants; each sees its own members', {
  visible: HOLDS_A_MEMBERSHIP,
})
@Rule('email is written in lower case', '"email" = lower("email")')
export class User extends SharedEntity {
  /** May be empty: some providers tell none. */
  @TextColumn({ min: 0, max: 200 })
  name!: string;

  @UniqueActive()
  @TextColumn({ max: 320, format: 'email' })
  email!: string;

  @FlagColumn(false)
  emailVerified!: boolean;

  @TextColumn({ max: 2_000, nullable: true })
  image!: string | null;

  @OneToMany<Membership>('Membership', 'user')
  memberships!: Membership[];
}
