import type { DataSource } from 'typeorm';
import { WebhookDelivery } from '../../entities/platform/webhook-delivery.entity.js';
import { Webhook } from '../../entities/platform/webhook.entity.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import { checkedLimit } from '../../validation/page-limit.js';
import { checkedTimes } from '../../validation/checked-times.js';

export interface RecordedDelivery {
  readonly delivery: WebhookDelivery;
  /** True if this failure was the one too many. */
  readonly isDisabled: boolean;
}

export interface DueDeliveries {
  readonly limit?: number;
  /** Default: now. */
  readonly at?: Date;
}

const NO_LATER_ATTEMPT = 'later.attempt > delivery.attempt';

/** The attempts to tell webhooks of events: added, and never changed. */
export class WebhookDeliveryRepository extends DomainRepository<WebhookDelivery> {
  constructor(source: DataSource) {
    super(WebhookDelivery, source);
  }

  /**
   * Writes down one attempt. A failure counts against the webhook and disables it when there were
   * too many in a row; a success makes it start again from none.
   */
  record(attempt: NewRow<WebhookDelivery>): Promise<RecordedDelivery> {
    return this.transaction(async () => {
      const delivery = await this.create(attempt);
      const isDisabled =
        delivery.status === 'failed'
          ? await this.countFailure(delivery.webhookId)
          : await this.forgetFailures(delivery.webhookId);
      return { delivery, isDisabled };
    });
  }

  /** The attempts of one webhook, newest first. */
  history(
    webhookId: string,
    page: Pick<KeysetPageOptions<WebhookDelivery>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<WebhookDelivery>> {
    return this.findPage({ ...page, where: { webhookId }, order: { id: 'DESC' } });
  }

  /**
   * The last attempts that are to be repeated by now, of webhooks that are active; the one that has
   * waited longest first. In system work: of all tenants.
   */
  async dueForRetry(due: DueDeliveries = {}): Promise<WebhookDelivery[]> {
    const { limit, at = new Date() } = checkedObject('due', due);
    checkedTimes({ from: undefined, to: at });
    const later = this.createQueryBuilder('later')
      .select('1')
      .where('later.tenantId = delivery.tenantId')
      .andWhere('later.webhookId = delivery.webhookId')
      .andWhere('later.eventId = delivery.eventId')
      .andWhere(NO_LATER_ATTEMPT);
    return this.createQueryBuilder('delivery')
      .innerJoin('delivery.webhook', 'webhook', `webhook.state = 'active'`)
      .withoutDeleted('webhook')
      .where('delivery.nextAttemptAt <= :at', { at })
      .andWhere(`NOT EXISTS (${later.getQuery()})`)
      .orderBy('delivery.nextAttemptAt')
      .addOrderBy('delivery.id')
      .limit(checkedLimit(limit))
      .getMany();
  }

  /** One attempt alone is told that it was the one too many: the one that found it not disabled. */
  private async countFailure(id: string): Promise<boolean> {
    const [state] = await this.countWhere(id, "state <> 'disabled'");
    if (state === undefined) await this.countWhere(id, "state = 'disabled'");
    return state === 'disabled';
  }

  /** One statement, so that failures at the same moment are all counted. */
  private async countWhere(id: string, condition: string): Promise<string[]> {
    const { raw } = await this.manager
      .createQueryBuilder()
      .update(Webhook)
      .set({
        failureCount: () => 'failure_count + 1',
        state: () =>
          `CASE WHEN state = 'active' AND failure_count + 1 >= disable_after THEN 'disabled' ELSE state END`,
      })
      .where({ id })
      .andWhere(condition)
      .returning(['state'])
      .execute();
    return (raw as { state: string }[]).map((counted) => counted.state);
  }

  private async forgetFailures(id: string): Promise<false> {
    await this.manager
      .createQueryBuilder()
      .update(Webhook)
      .set({ failureCount: 0 })
      .where({ id })
      .andWhere('failureCount > 0')
      .execute();
    return false;
  }
}
