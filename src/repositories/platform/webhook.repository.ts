import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { Webhook, type WebhookState } from '../../entities/platform/webhook.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { StateMachine } from '../state-machine.js';
import { checkedTimes } from '../../validation/checked-times.js';
import { type ReceivedWebhook, signWebhook, verifyWebhook } from './webhook-signature.js';

export interface NewWebhook {
  /** https; plain http to this machine only. */
  readonly url: string;
  /** The names of the events; `*` stands for all. */
  readonly events: readonly string[];
  readonly description?: string;
  /** Failures in a row after which it is disabled. Default: 10. */
  readonly disableAfter?: number;
}

/** The secret is shown this once. */
export interface WebhookSubscription {
  readonly webhook: Webhook;
  readonly secret: string;
}

const ALL_EVENTS = '*';
const LONGEST_EVENT = 200;
const MOST_EVENTS = 100;
const SECRET_BYTES = 32;

/** Who is told what happens, and how they know that it was us. */
export class WebhookRepository extends DomainRepository<Webhook> {
  protected override readonly movedBy = { state: 'pause or resume' };
  private readonly states = new StateMachine<Webhook, WebhookState>('state', {
    active: ['paused', 'disabled'],
    paused: ['active', 'disabled'],
    disabled: ['active'],
  });

  constructor(source: DataSource) {
    super(Webhook, source);
  }

  async subscribe(given: NewWebhook): Promise<WebhookSubscription> {
    const secret = newSecret();
    const { url, events, ...rest } = given ?? {};
    const row = { ...rest, url: checkedUrl(url), events: checkedEvents(events), secret };
    const webhook = await this.create(row as NewRow<Webhook>);
    Reflect.deleteProperty(webhook, 'secret');
    return { webhook, secret };
  }

  pause(id: string): Promise<Webhook> {
    return this.states.move(this, id, 'paused');
  }

  /** Also brings back one that was disabled; its failures are forgotten. */
  resume(id: string): Promise<Webhook> {
    return this.states.move(this, id, 'active', { failureCount: 0 });
  }

  /** What was signed with the secret before is no longer believed. Shown this once. */
  async rotateSecret(id: string): Promise<string> {
    const secret = newSecret();
    await this.update(id, { secret });
    return secret;
  }

  /** The active ones that want to hear of an event. */
  async webhooksFor(event: string): Promise<Webhook[]> {
    const [name] = checkedEvents([event]);
    return this.createQueryBuilder('webhook')
      .where('webhook.state = :state', { state: 'active' satisfies WebhookState })
      .andWhere(`(webhook.events @> :named OR webhook.events @> :all)`, {
        named: JSON.stringify([name]),
        all: JSON.stringify([ALL_EVENTS]),
      })
      .orderBy('webhook.id')
      .getMany();
  }

  /** The signature to send along with the body; see signWebhook. */
  async sign(id: string, payload: string, at: Date = new Date()): Promise<string> {
    checkedTimes({ from: at, to: undefined });
    return signWebhook({ secret: await this.secretOf(id), payload, at });
  }

  /** True if the body was signed with the secret that the webhook has now. */
  async verify(id: string, received: Omit<ReceivedWebhook, 'secret'>): Promise<boolean> {
    checkedTimes({ from: checkedObject('received', received).now, to: undefined });
    return verifyWebhook({ ...received, secret: await this.secretOf(id) });
  }

  private async secretOf(id: string): Promise<string> {
    const webhook = await this.createQueryBuilder('webhook')
      .select(['webhook.id', 'webhook.secret'])
      .addSelect('webhook.tenantId')
      .where('webhook.id = :id', { id })
      .getOne();
    if (!webhook) throw notFound(this.metadata.name);
    return webhook.secret;
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

const SAFE_ADDRESS = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$))/;

/** Never repeats the address: it may hold a password. */
function checkedUrl(url: unknown): string {
  const parsed = typeof url === 'string' && url.length <= 2_000 ? parsedUrl(url) : null;
  const isSafe = parsed !== null && SAFE_ADDRESS.test(url as string);
  if (isSafe && parsed.username === '' && parsed.password === '') return url as string;
  throw new InvalidInputError({
    problem: 'The address of a webhook does not begin with https, or holds a name and password',
    mend: 'Give an https address; plain http is for localhost only, and the signature is there to tell who sends',
  });
}

function parsedUrl(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

function checkedEvents(events: unknown): string[] {
  const isList = Array.isArray(events) && events.length > 0 && events.length <= MOST_EVENTS;
  const isName = (one: unknown) =>
    typeof one === 'string' && one.length > 0 && one.length <= LONGEST_EVENT;
  if (isList && events.every(isName)) return [...new Set(events as string[])];
  throw new InvalidInputError({
    problem: 'The events are not a list of names',
    mend: `Name 1 to ${MOST_EVENTS} events, each of 1 to ${LONGEST_EVENT} characters; * stands for all`,
  });
}
