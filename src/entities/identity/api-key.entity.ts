import { IsString, Length } from 'class-validator';
import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonListColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexReference } from '../index-reference.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Membership } from './membership.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** A key with which a program acts for a tenant. The key itself is nowhere: only its hash. */
@Audited({ mask: ['keyHash'], ignore: ['lastUsedAt'] })
@Entity({ name: 'api_keys' })
@Rule('scopes is a list', `jsonb_typeof("scopes") = 'array'`)
@IndexReference('userId')
export class ApiKey extends TenantEntity {
  @TextColumn({ max: 200 })
  name!: string;

  /** The first characters of the key, for people who look for it in their files. */
  @TextColumn({ max: 20 })
  prefix!: string;

  @UniqueActive()
  @TextColumn({ min: 64, max: 64, matches: /^[0-9a-f]{64}$/, hidden: true })
  keyHash!: string;

  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @JsonListColumn()
  scopes!: string[];

  /** Whose key it is; none for a key of the tenant itself. */
  @SoftDelete('cascade')
  @TenantManyToOne(() => Membership, { onDelete: 'RESTRICT' })
  user!: Membership | null;

  userId!: string | null;

  @TimeColumn({ nullable: true })
  expiresAt!: Date | null;

  @TimeColumn({ nullable: true })
  lastUsedAt!: Date | null;

  @TimeColumn({ nullable: true })
  revokedAt!: Date | null;
}
