import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Notification, NotificationRepository } from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, GUSTAV, type ShippedSource } from '../../support/shipped-source.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { PLACES, as, asSystem } from './places.js';

const message = (title: string) => ({ kind: 'news', title, data: { from: 'test' } });

describe.each(PLACES)('notifications on %s', (_, open) => {
  let shipped: ShippedSource;
  let notifications: NotificationRepository;

  beforeAll(async () => {
    shipped = await open(['platform']);
    notifications = new NotificationRepository(shipped.source);
  });
  beforeEach(() => asSystem(() => shipped.source.manager.deleteAll(Notification)));
  afterAll(() => shipped.close());

  it('reach a person of the tenant, and are counted as unread', async () => {
    const sent = await as(ACME, () => notifications.notify(ANNA, message('hello')));

    const unread = await as(ACME, () => notifications.unread(ANNA));
    expect(unread.items).toMatchObject([
      { id: sent.id, title: 'hello', body: '', data: { from: 'test' }, readAt: null },
    ]);
    await expect(as(ACME, () => notifications.countUnread(ANNA))).resolves.toBe(1);
  });

  it('cannot be sent to a person of another tenant', async () => {
    await expect(as(ACME, () => notifications.notify(GUSTAV, message('psst')))).rejects.toThrow();
  });

  it('are sent to many at once, and paged newest first', async () => {
    await as(ACME, () => notifications.notifyMany([ANNA, ANNA, ANNA], message('all')));

    const first = await as(ACME, () => notifications.unread(ANNA, { limit: 2 }));
    const second = await as(ACME, () => notifications.unread(ANNA, { after: first.next ?? '' }));

    expect([first.items.length, second.items.length]).toEqual([2, 1]);
    expect([...first.items, ...second.items].map((one) => one.id)).toEqual(
      [...first.items, ...second.items]
        .map((one) => one.id)
        .toSorted()
        .toReversed(),
    );
  });

  it('are marked as read once, by id, and not by another tenant', async () => {
    const sent = await as(ACME, () => notifications.notifyMany([ANNA, ANNA], message('two')));
    const [id] = sent.map((one) => one.id);

    await expect(as(GLOBEX, () => notifications.markRead([id ?? '']))).resolves.toBe(0);
    await expect(as(ACME, () => notifications.markRead([id ?? ''], GUSTAV))).resolves.toBe(0);
    await expect(as(ACME, () => notifications.markRead([id ?? '']))).resolves.toBe(1);
    await expect(as(ACME, () => notifications.markRead([id ?? '']))).resolves.toBe(0);
    await expect(as(ACME, () => notifications.countUnread(ANNA))).resolves.toBe(1);
  });

  it('are all marked as read in one statement', async () => {
    await as(ACME, () => notifications.notifyMany([ANNA, ANNA, ANNA], message('many')));
    await as(GLOBEX, () => notifications.notify(GUSTAV, message('theirs')));

    let marked = 0;
    const statements = await textsSentBy(async () => {
      marked = await as(ACME, () => notifications.markAllRead(ANNA));
    });

    expect([marked, statements.length]).toEqual([3, 1]);
    await expect(as(ACME, () => notifications.countUnread(ANNA))).resolves.toBe(0);
    await expect(as(GLOBEX, () => notifications.countUnread(GUSTAV))).resolves.toBe(1);
  });

  it.each(['no list', [7], null])('refuse %j as ids', async (ids) => {
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };

    await expect(as(ACME, () => notifications.markRead(ids as never))).rejects.toMatchObject(
      refused,
    );
    await expect(
      as(ACME, () => notifications.notifyMany(ids as never, message('x'))),
    ).rejects.toMatchObject(refused);
  });

  it('refuse an id that is none', async () => {
    await expect(as(ACME, () => notifications.markRead(['7']))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });
});
