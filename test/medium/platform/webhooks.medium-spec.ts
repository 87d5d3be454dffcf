import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Webhook,
  WebhookDelivery,
  WebhookDeliveryRepository,
  WebhookRepository,
  getSqlState,
  isUniqueViolation,
  verifyWebhook,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import type { ShippedSource } from '../../support/shipped-source.js';
import { WALLS, as, asSystem } from './places.js';

const URL = 'https://hooks.example/rowguard';

describe.each(WALLS)('webhooks on %s', (_, open) => {
  let shipped: ShippedSource;
  let webhooks: WebhookRepository;
  let deliveries: WebhookDeliveryRepository;

  beforeAll(async () => {
    shipped = await open(['platform']);
    webhooks = new WebhookRepository(shipped.source);
    deliveries = new WebhookDeliveryRepository(shipped.source);
  });
  beforeEach(() =>
    asSystem(async () => {
      await shipped.source.manager.deleteAll(WebhookDelivery);
      await shipped.source.manager.deleteAll(Webhook);
    }),
  );
  afterAll(() => shipped.close());

  const subscribe = (events = ['invoice.paid'], disableAfter = 3) =>
    as(ACME, () => webhooks.subscribe({ url: URL, events, disableAfter }));
  const failed = (webhookId: string, eventId: string, attempt = 1, nextAttemptAt?: Date) =>
    as(ACME, () =>
      deliveries.record({
        webhookId,
        eventId,
        attempt,
        event: 'invoice.paid',
        status: 'failed',
        responseCode: 500,
        error: 'down',
        durationMs: 12,
        payload: { total: '1.00' },
        ...(nextAttemptAt ? { nextAttemptAt } : {}),
      }),
    );
  const succeeded = (webhookId: string, eventId: string, attempt = 1) =>
    as(ACME, () =>
      deliveries.record({ webhookId, eventId, attempt, event: 'e', status: 'succeeded' }),
    );

  it('are subscribed to with a secret that is shown once', async () => {
    const { webhook, secret } = await subscribe();

    const read = await as(ACME, () => webhooks.getById(webhook.id));
    expect(secret).toMatch(/^whsec_[\w-]{43}$/);
    expect(JSON.stringify([webhook, read])).not.toContain(secret);
    expect(read).toMatchObject({ url: URL, events: ['invoice.paid'], state: 'active' });
    await expect(as(GLOBEX, () => webhooks.findById(webhook.id))).resolves.toBeNull();
  });

  it('are found for an event by its name or by a star, while they are active', async () => {
    const named = await subscribe();
    const all = await subscribe(['*']);
    const paused = await subscribe();
    await as(ACME, () => webhooks.pause(paused.webhook.id));

    const found = await as(ACME, () => webhooks.webhooksFor('invoice.paid'));
    const other = await as(ACME, () => webhooks.webhooksFor('invoice.void'));

    expect(found.map((one) => one.id)).toEqual([named.webhook.id, all.webhook.id]);
    expect(other.map((one) => one.id)).toEqual([all.webhook.id]);
    await expect(as(GLOBEX, () => webhooks.webhooksFor('invoice.paid'))).resolves.toEqual([]);
  });

  it('are paused and resumed, and not paused twice', async () => {
    const { webhook } = await subscribe();

    expect((await as(ACME, () => webhooks.pause(webhook.id))).state).toBe('paused');
    await expect(as(ACME, () => webhooks.pause(webhook.id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
    expect((await as(ACME, () => webhooks.resume(webhook.id))).state).toBe('active');
    await expect(as(GLOBEX, () => webhooks.pause(webhook.id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('sign what they send, and believe no other body, secret or tenant', async () => {
    const { webhook, secret } = await subscribe();
    const payload = JSON.stringify({ total: '1.00' });

    const signature = await as(ACME, () => webhooks.sign(webhook.id, payload));
    const verify = (body: string) =>
      as(ACME, () => webhooks.verify(webhook.id, { payload: body, signature }));

    expect(verifyWebhook({ secret, payload, signature })).toBe(true);
    await expect(verify(payload)).resolves.toBe(true);
    await expect(verify(`${payload} `)).resolves.toBe(false);
    await expect(as(GLOBEX, () => webhooks.sign(webhook.id, payload))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('forget their old secret when it is rotated', async () => {
    const { webhook, secret } = await subscribe();

    const rotated = await as(ACME, () => webhooks.rotateSecret(webhook.id));
    const signature = await as(ACME, () => webhooks.sign(webhook.id, 'body'));

    expect(rotated).not.toBe(secret);
    expect(verifyWebhook({ secret, payload: 'body', signature })).toBe(false);
    expect(verifyWebhook({ secret: rotated, payload: 'body', signature })).toBe(true);
    await expect(as(GLOBEX, () => webhooks.rotateSecret(webhook.id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it.each([
    'http://hooks.example/',
    'http://localhost.example/',
    'https://anna:hunter2@hooks.example/',
    'javascript:alert(1)',
    'hooks.example',
    `https://hooks.example/${'x'.repeat(2_000)}`,
    7 as never,
  ])('refuse the address %p, and do not repeat it', async (url) => {
    const refused = await as(ACME, () => webhooks.subscribe({ url, events: ['*'] })).catch(
      (error: unknown) => error,
    );

    expect(refused).toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    expect(String(refused)).not.toContain('hunter2');
  });

  it('take plain http for this machine, and the database holds to it by itself', async () => {
    const local = await as(ACME, () =>
      webhooks.subscribe({ url: 'http://localhost:3000/hook', events: ['*'] }),
    );

    expect(local.webhook.url).toBe('http://localhost:3000/hook');
    const error: unknown = await as(ACME, () =>
      webhooks.update(local.webhook.id, { url: 'http://hooks.example/' }),
    ).catch((one: unknown) => one);
    expect(
      getSqlState(error) === '23514' ||
        (error as { code?: string }).code === 'ROWGUARD_VALIDATION_FAILED',
    ).toBe(true);
  });

  it.each([[[]], [['']], ['*'], [[7]], [undefined]])('refuse %j as events', async (events) => {
    await expect(
      as(ACME, () => webhooks.subscribe({ url: URL, events: events as never })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('tell that they were disabled also after a lower limit was set', async () => {
    const { webhook } = await subscribe(['*'], 10);
    for (const event of ['a', 'b', 'c']) await failed(webhook.id, event);
    await as(ACME, () => webhooks.update(webhook.id, { disableAfter: 2 }));

    const last = await failed(webhook.id, 'd');
    const after = await failed(webhook.id, 'e');

    expect([last.isDisabled, after.isDisabled]).toEqual([true, false]);
  });

  it('are disabled after too many failures in a row, told once, and resumed from none', async () => {
    const { webhook } = await subscribe();
    await failed(webhook.id, 'a');
    await failed(webhook.id, 'b');
    await succeeded(webhook.id, 'c');

    const answers = [];
    for (const id of ['d', 'e', 'f', 'g']) answers.push((await failed(webhook.id, id)).isDisabled);

    expect(answers).toEqual([false, false, true, false]);
    expect((await as(ACME, () => webhooks.getById(webhook.id))).state).toBe('disabled');
    const resumed = await as(ACME, () => webhooks.resume(webhook.id));
    expect(resumed).toMatchObject({ state: 'active', failureCount: 0 });
  });

  it('keep every attempt, once each, newest first, page by page', async () => {
    const { webhook } = await subscribe(['*'], 100);
    for (const id of ['a', 'b', 'c']) await failed(webhook.id, id);

    const first = await as(ACME, () => deliveries.history(webhook.id, { limit: 2 }));
    const second = await as(ACME, () =>
      deliveries.history(webhook.id, { after: first.next ?? '' }),
    );

    expect(first.items.map((one) => one.eventId)).toEqual(['c', 'b']);
    expect(second.items.map((one) => one.eventId)).toEqual(['a']);
    expect((await as(GLOBEX, () => deliveries.history(webhook.id))).items).toEqual([]);
    const twice: unknown = await failed(webhook.id, 'a').catch((error: unknown) => error);
    expect(isUniqueViolation(twice)).toBe(true);
    expect((await as(ACME, () => webhooks.getById(webhook.id))).failureCount).toBe(3);
    await expect(
      as(ACME, () => deliveries.update(first.items[0]?.id ?? '', { status: 'succeeded' })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
  });

  it('are due for a retry when the time has come, unless a later attempt was made', async () => {
    const { webhook } = await subscribe(['*'], 100);
    const past = new Date(Date.now() - 60_000);
    await failed(webhook.id, 'due', 1, past);
    await failed(webhook.id, 'not-yet', 1, new Date(Date.now() + 60_000));
    await failed(webhook.id, 'done', 1, past);
    await succeeded(webhook.id, 'done', 2);
    await failed(webhook.id, 'given-up');

    const due = await as(ACME, () => deliveries.dueForRetry());
    const ofAll = await asSystem(() => deliveries.dueForRetry({ limit: 10 }));

    expect(due.map((one) => one.eventId)).toEqual(['due']);
    expect(ofAll.map((one) => [one.tenantId, one.eventId])).toEqual([[ACME, 'due']]);
    await expect(as(GLOBEX, () => deliveries.dueForRetry())).resolves.toEqual([]);
    await as(ACME, () => webhooks.pause(webhook.id));
    await expect(as(ACME, () => deliveries.dueForRetry())).resolves.toEqual([]);
  });

  it('are not due any more once their webhook is deleted', async () => {
    const { webhook } = await subscribe(['*'], 100);
    await failed(webhook.id, 'of-a-deleted-webhook', 1, new Date(Date.now() - 60_000));
    const due = async () =>
      (await as(ACME, () => deliveries.dueForRetry())).map((one) => one.eventId);
    await expect(due()).resolves.toContain('of-a-deleted-webhook');

    await as(ACME, () => webhooks.softDelete(webhook.id));

    await expect(due()).resolves.not.toContain('of-a-deleted-webhook');
  });

  it.each([{ limit: 0 }, { at: new Date('x') }])('refuse to look for retries by %j', async (by) => {
    await expect(as(ACME, () => deliveries.dueForRetry(by))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });
});

describe('failures at the same moment', () => {
  it('are all counted, and one of them disables the webhook', async () => {
    const shipped = await WALLS[0][1](['platform']);
    const webhooks = new WebhookRepository(shipped.source);
    const deliveries = new WebhookDeliveryRepository(shipped.source);
    const { webhook } = await as(ACME, () =>
      webhooks.subscribe({ url: URL, events: ['*'], disableAfter: 8 }),
    );

    const recorded = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        as(ACME, () =>
          deliveries.record({
            webhookId: webhook.id,
            eventId: `event-${at}`,
            event: 'e',
            status: 'failed',
          }),
        ),
      ),
    );

    expect(recorded.filter((one) => one.isDisabled)).toHaveLength(1);
    expect(await as(ACME, () => webhooks.getById(webhook.id))).toMatchObject({
      state: 'disabled',
      failureCount: 12,
    });
    await shipped.close();
  });
});
