import { IsString, Length } from 'class-validator';
import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonListColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

/** The permission that holds all others. */
export const EVERY_PERMISSION = '*';

/** What some people of a tenant may do. A permission is any word that the application asks for. */
@Audited()
@Entity({ name: 'roles' })
@Rule('permissions is a list', `jsonb_typeof("permissions") = 'array'`)
export class Role extends TenantEntity {
  @UniqueActive()
  @TextColumn({ max: 100 })
  name!: string;

  @TextColumn({ max: 1_000, nullable: true })
  description!: string | null;

  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @JsonListColumn()
  permissions!: string[];
}
