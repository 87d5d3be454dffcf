import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

export const TENANT_STATES = ['active', 'suspended', 'closed'] as const;
export type TenantState = (typeof TENANT_STATES)[number];

/** A customer: whoever the rows of tenant tables belong to. */
@Audited()
@Entity({ name: 'tenants' })
@Tenantless('the list of tenants; each sees its own row', { visible: '{row}.id = {tenant}' })
export class Tenant extends SharedEntity {
  @TextColumn({ max: 200 })
  name!: string;

  @UniqueActive()
  @TextColumn({ max: 63, format: 'slug' })
  slug!: string;

  @ChoiceColumn(TENANT_STATES, { default: 'active' })
  state!: TenantState;

  @JsonColumn()
  settings!: Record<string, unknown>;
}
