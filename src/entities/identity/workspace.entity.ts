import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

export const WORKSPACE_STATES = ['active', 'archived'] as const;
export type WorkspaceState = (typeof WORKSPACE_STATES)[number];

/** A team's part of a tenant; roles may be granted for one workspace alone. */
@Audited()
@Entity({ name: 'workspaces' })
export class Workspace extends TenantEntity {
  @TextColumn({ max: 200 })
  name!: string;

  @UniqueActive()
  @TextColumn({ max: 63, format: 'slug' })
  slug!: string;

  @ChoiceColumn(WORKSPACE_STATES, { default: 'active' })
  state!: WorkspaceState;
}
