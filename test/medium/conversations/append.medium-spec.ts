import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, createDataSource } from 'nestjs-rowguard';
import { ConversationRepository, MessageRepository } from 'nestjs-rowguard/schema';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { WireProxy } from '../../support/wire-proxy.js';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const FILE = {
  fileName: 'a.txt',
  mimeType: 'text/plain',
  sizeBytes: 1,
  storageKey: 'a',
  checksum: '0'.repeat(64),
};

const WALLS = [
  [
    'row-level security, without the predicate of the builders',
    { predicate: false, policies: true },
  ],
  ['the predicate alone', { predicate: true, policies: false }],
] as const;

describe.each(WALLS)('appending a message behind %s', (_, walls) => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped(['conversations'], { tenancy: { walls } });
  });
  afterAll(() => shipped.close());

  it('reaches a conversation of the tenant, and none of another', async () => {
    const conversations = new ConversationRepository(shipped.source);
    const messages = new MessageRepository(shipped.source);
    const { id } = await as(ACME, () => conversations.create({ title: 'T', creatorId: ANNA }));
    const message = { role: 'user', content: 'x', attachments: [FILE] } as const;

    const own = await as(ACME, () => messages.append(id, message));
    const foreign = as(GLOBEX, () => messages.append(id, message));

    expect(own).toMatchObject({ tenantId: ACME, sequence: 1 });
    await expect(foreign).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    expect(await as(GLOBEX, () => messages.find())).toEqual([]);
  });
});

describe('appending a message on the wire', () => {
  it('takes one round trip, with its number and its attachments', async () => {
    const shipped = await openShipped(['conversations']);
    const proxy = await WireProxy.start(shipped.database?.url ?? '');
    const behind = await openBehind(proxy.url);
    const messages = new MessageRepository(behind);
    const { id } = await as(ACME, () =>
      new ConversationRepository(behind).create({ title: 'T', creatorId: ANNA }),
    );
    const message = { role: 'user', content: 'x', attachments: [FILE, FILE] } as const;

    const counts = await proxy.during(() =>
      as(ACME, () => messages.appendMany(id, [message, message])),
    );

    expect(counts.roundTrips).toBe(1);
    await behind.destroy();
    await proxy.close();
    await shipped.close();
  });
});

function openBehind(url: string) {
  return createDataSource({ url, schema: ['conversations'], pool: { max: 1 } }).initialize();
}
