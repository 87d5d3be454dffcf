import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiKeyRepository,
  AuditLog,
  RoleRepository,
  TenantContext,
  WebhookRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { ACME } from '../../support/shop.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';

describe('the shipped schema with its audit log on', () => {
  let shipped: ShippedSource;
  const asAnna = <T>(work: () => Promise<T>) =>
    TenantContext.run({ tenantId: ACME, actorId: ANNA }, work);
  const log = () =>
    asAnna(() => shipped.source.getRepository(AuditLog).find({ order: { id: 'ASC' } }));

  beforeAll(async () => {
    shipped = await openShipped('all', { audit: { shipped: true } });
  });
  afterAll(() => shipped.close());

  it('remembers what its repositories do, deletion with what depends on it as well', async () => {
    const roles = new RoleRepository(shipped.source);
    const role = await asAnna(() => roles.create({ name: 'editor' }));
    await asAnna(() => roles.grant(ANNA, role.id));
    await asAnna(() => roles.delete(role.id));
    await asAnna(() => roles.restore(role.id));

    const told = (await log()).filter((row) => /Role/.test(row.entity ?? ''));
    expect(told.map((row) => `${row.op} ${row.entity}`)).toEqual([
      'insert Role',
      'insert UserRole',
      'soft_delete Role',
      'soft_delete UserRole',
      'restore Role',
      'restore UserRole',
    ]);
  });

  it('holds no secret: not of a key, and not of a webhook', async () => {
    const { secret: key } = await asAnna(() =>
      new ApiKeyRepository(shipped.source).issue({ name: 'ci' }),
    );
    const secret = 'whsec_0123456789abcdef0123456789abcdef';
    await asAnna(() =>
      new WebhookRepository(shipped.source).create({
        url: 'https://example.com',
        events: ['a.b'],
        secret,
      }),
    );
    const told = JSON.stringify(await log());

    expect(told).toContain('[masked]');
    expect(told).not.toContain(secret);
    expect(told).not.toContain(key);
  });

  it('is as it should be when looked at again, and can be undone', async () => {
    const url = shipped.database?.url ?? '';
    const again = createDataSource({
      url,
      schema: 'all',
      migrate: 'check',
      audit: { shipped: true },
    });
    await again.initialize();
    const { findings } = await again.inspect();
    await again.destroy();

    expect(findings.filter((one) => one.severity === 'error')).toEqual([]);
  });

  it('is not written unless it is asked for', async () => {
    const plain = await openShipped(['identity']);
    await asAnna(() => new RoleRepository(plain.source).create({ name: 'editor' }));
    const rows = await asAnna(() => plain.source.getRepository(AuditLog).count());
    await plain.close();

    expect(rows).toBe(0);
  });
});
