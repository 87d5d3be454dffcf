import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { FlagColumn, JsonColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

export const TOOL_STATES = ['enabled', 'disabled', 'deprecated'] as const;
export type ToolState = (typeof TOOL_STATES)[number];

/** Something that can be called by name, with its input and output described by JSON Schema. */
@Audited()
@Entity({ name: 'tools' })
@IndexActive('state', 'id')
export class Tool extends TenantEntity {
  @UniqueActive()
  @TextColumn({ max: 120, matches: /^[a-z][a-z0-9._-]*$/ })
  name!: string;

  /** The version of the tool itself, such as 1.2.0. */
  @TextColumn({ max: 60, default: '1.0.0' })
  release!: string;

  @TextColumn({ max: 5_000, nullable: true })
  description!: string | null;

  @JsonColumn()
  inputSchema!: Record<string, unknown>;

  @JsonColumn()
  outputSchema!: Record<string, unknown>;

  /** A deprecated tool still runs; a disabled one does not. */
  @ChoiceColumn(TOOL_STATES, { default: 'enabled' })
  state!: ToolState;

  /** Comes with the application, and is brought up to date by it. */
  @FlagColumn(false)
  builtIn!: boolean;
}
