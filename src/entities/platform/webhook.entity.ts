import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonListColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';

export const WEBHOOK_STATES = ['active', 'paused', 'disabled'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** Plain http would show the payload on the way; this machine is not on the way to anywhere. */
const SAFE_ADDRESS = String.raw`"url" ~ '^https://' OR "url" ~ '^http://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)'`;

/** An address of the tenant that is told what happens. */
@Audited({ mask: ['secret'] })
@Entity({ name: 'webhooks' })
@IndexActive('state')
@Rule('url begins with https, or points to this machine', SAFE_ADDRESS)
@Rule(
  'events is a list with something in it',
  `jsonb_typeof("events") = 'array' AND "events" <> '[]'`,
)
export class Webhook extends TenantEntity {
  @TextColumn({ max: 2_000, format: 'url' })
  url!: string;

  @TextColumn({ max: 500, nullable: true })
  description!: string | null;

  /** The names of the events; `*` stands for all. */
  @JsonListColumn()
  events!: string[];

  /**
   * Stored as it is, because a hash cannot sign. Never selected unless asked for by name; whoever
   * reads the database reads it.
   */
  @TextColumn({ max: 200, hidden: true })
  secret!: string;

  @ChoiceColumn(WEBHOOK_STATES, { default: 'active' })
  state!: WebhookState;

  /** Attempts that failed one after the other; a success sets it back. */
  @CountColumn({ default: 0 })
  failureCount!: number;

  /** After so many failures in a row it is disabled. */
  @CountColumn({ min: 1, default: 10 })
  disableAfter!: number;
}
