import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, isCheckViolation, isUniqueViolation, uuidV7 } from 'nestjs-rowguard';
import { Membership } from '../../../src/entities/identity/membership.entity.js';
import { ContentDesk } from '../../support/content-desk.js';
import { caught } from '../../support/caught.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

describe.each(ENGINES)('content, on %s', (_, open) => {
  let shipped: ShippedSource;
  let desk: ContentDesk;

  beforeAll(async () => {
    shipped = await open(['content']);
    desk = new ContentDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('shows nobody who was deleted, and keeps who made it', async () => {
    await as(ACME, async () => {
      const { id, slug } = await desk.published();
      const members = desk.source.getRepository(Membership);
      await members.softDelete({ id: ANNA });

      const found = await desk.content.findBySlug(slug, { creatorId: ANNA });
      await members.restore({ id: ANNA });

      expect(found).toMatchObject({ id, creatorId: ANNA, creator: undefined });
    });
  });

  it('creates content for an organization with its media item, and finds it with its relations', async () => {
    const found = await as(ACME, async () => {
      const organization = await desk.organization();
      const media = await desk.video({ organizationId: organization.id });
      const { id } = await desk.published({
        organizationId: organization.id,
        mediaItemId: media.id,
      });
      const { items } = await desk.content.search({ organizationId: organization.id });
      expect(items.map((item) => item.id)).toEqual([id]);
      return items[0];
    });

    expect(found).toMatchObject({
      status: 'published',
      creator: { id: ANNA, user: { email: 'anna@acme.example' } },
      organization: { name: 'Acme Inc' },
      mediaItem: { r2Key: 'originals/1/video.mp4', fileSizeBytes: 1_024_000 },
      viewCount: 0,
    });
  });

  it('creates an organization with its content in one transaction, or nothing of it', async () => {
    const failing = as(ACME, () =>
      desk.organizations.transaction(async () => {
        await desk.organizations.create({ name: 'Acme Inc', slug: 'half-done' });
        await desk.draft({ creatorId: uuidV7() });
      }),
    );

    await expect(failing).rejects.toThrow();
    await expect(as(ACME, () => desk.organizations.findBySlug('half-done'))).resolves.toBeNull();
  });

  it('publishes a draft, takes it back, archives it, and refuses what cannot follow', async () => {
    await as(ACME, async () => {
      const { id } = await desk.draft();

      const published = await desk.content.publish(id);
      expect(published.publishedAt).toBeInstanceOf(Date);
      await expect(desk.content.publish(id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
      expect(await desk.content.unpublish(id)).toMatchObject({
        status: 'draft',
        publishedAt: null,
      });
      expect(await desk.content.archive(id)).toMatchObject({ status: 'archived' });
      await expect(desk.content.publish(id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
    });
  });

  it('shows another tenant nothing and lets it change nothing', async () => {
    const { id, organizationId } = await as(ACME, async () => {
      const organization = await desk.organization();
      return desk.published({ organizationId: organization.id });
    });

    await as(GLOBEX, async () => {
      expect((await desk.content.search()).total).toBe(0);
      expect((await desk.content.findPublishedPage()).items).toEqual([]);
      await expect(desk.content.findById(id)).resolves.toBeNull();
      for (const work of [
        () => desk.content.unpublish(id),
        () => desk.content.incrementViews(id),
        () => desk.content.delete(id),
        () => desk.organizations.delete(organizationId as string),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
      }
      await expect(desk.draft({ creatorId: GUSTAV, organizationId })).rejects.toThrow();
      await expect(desk.draft({ creatorId: ANNA })).rejects.toThrow();
    });
    expect(await as(ACME, () => desk.content.getById(id))).toMatchObject({
      status: 'published',
      viewCount: 0,
    });
  });

  it('soft-deletes content, lists only what lives, and restores it', async () => {
    await as(ACME, async () => {
      const { id, slug } = await desk.draft();
      await desk.content.delete(id);

      await expect(desk.content.findBySlug(slug, { creatorId: ANNA })).resolves.toBeNull();
      await desk.content.restore(id);
      await expect(desk.content.findBySlug(slug, { creatorId: ANNA })).resolves.toMatchObject({
        id,
      });
    });
  });

  it('holds a slug once on a page, frees it with its row, and lets another page have it', async () => {
    await as(ACME, async () => {
      const { id: organizationId } = await desk.organization();
      const first = await desk.draft({ organizationId, slug: 'welcome' });
      const personal = await desk.draft({ slug: 'welcome' });

      expect(isUniqueViolation(await caught(desk.draft({ organizationId, slug: 'welcome' })))).toBe(
        true,
      );
      expect(isUniqueViolation(await caught(desk.draft({ slug: 'welcome' })))).toBe(true);
      await desk.content.delete(first.id);
      await expect(desk.draft({ organizationId, slug: 'welcome' })).resolves.toBeDefined();
      await expect(desk.content.findBySlug('welcome', { creatorId: ANNA })).resolves.toMatchObject({
        id: personal.id,
      });
    });
  });

  it('counts every view of those who look at once, and leaves the version alone', async () => {
    await as(ACME, async () => {
      const { id, version } = await desk.published();
      await Promise.all(Array.from({ length: 20 }, () => desk.content.incrementViews(id)));

      await expect(desk.content.incrementViews(id, 5)).resolves.toBe(25);
      expect((await desk.content.getById(id)).version).toBe(version);
    });
  });

  it.each([
    ['a state that there is not', { status: 'live' }],
    ['a type that there is not', { contentType: 'smell' }],
    ['published without a time', { status: 'published' }],
    ['a draft with the time of a publication', { publishedAt: new Date() }],
    ['a price below zero', { price: '-1' }],
  ])('refuses %s', async (_case, changes) => {
    const error = await caught(as(ACME, () => desk.draft(changes as never)));

    expect(isCheckViolation(error) || isInvalid(error)).toBe(true);
  });
});

function isInvalid(error: unknown): boolean {
  return (error as { code?: string }).code === 'ROWGUARD_VALIDATION_FAILED';
}
