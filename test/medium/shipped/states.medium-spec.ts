import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ContentRepository,
  InvoiceRepository,
  MediaItemRepository,
  MembershipRepository,
  PlanRepository,
  type RowguardDataSource,
  SubscriptionRepository,
  TenantContext,
  TenantsRepository,
  ToolRepository,
  WebhookRepository,
  WorkspaceRepository,
} from 'nestjs-rowguard';
import { DomainRepository } from '../../../src/repositories/domain.repository.js';
import { type FreshSource, openFresh } from '../../support/migration-cycle.js';
import { RowFactory } from '../../support/row-factory.js';
import { ACME } from '../../support/shop.js';

type AnyRepository = new (
  source: RowguardDataSource,
) => DomainRepository<{ id: string }> & { update(id: string, changes: object): Promise<object> };

const MOVED_BY_VERBS = [
  [TenantsRepository, 'state'],
  [MembershipRepository, 'state'],
  [WorkspaceRepository, 'state'],
  [WebhookRepository, 'state'],
  [ToolRepository, 'state'],
  [PlanRepository, 'state'],
  [SubscriptionRepository, 'state'],
  [InvoiceRepository, 'state'],
  [ContentRepository, 'status'],
  [MediaItemRepository, 'status'],
] as const;

describe('a state that a machine watches over', () => {
  let fresh: FreshSource;
  let factory: RowFactory;

  beforeAll(async () => {
    fresh = await openFresh({ schema: 'all' });
    factory = new RowFactory(fresh.source);
  });
  afterAll(() => fresh.close());

  it.each(MOVED_BY_VERBS)('is not changed past the verbs of %p', async (given, property) => {
    const repository = new (given as unknown as AnyRepository)(fresh.source);
    const row = await factory.insert(repository.metadata, ACME);

    const attempt = TenantContext.runAsSystem('test', () =>
      repository.update(String(row['id']), { [property]: row[property] }),
    );

    await expect(attempt).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
      message: expect.stringMatching(`change of ${property} does not go by update.*call \\w+`),
    });
  });
});
