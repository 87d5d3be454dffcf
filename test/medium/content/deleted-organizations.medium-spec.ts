import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, getConstraintName } from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { ContentDesk } from '../../support/content-desk.js';
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

const DRAFT = { status: 'draft', publishedAt: null };
const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

describe.each(ENGINES)('content of a deleted organization, on %s', (_, open) => {
  let shipped: ShippedSource;
  let desk: ContentDesk;
  const sql = (text: string, values: unknown[]) => shipped.source.query(text, values);

  beforeAll(async () => {
    shipped = await open(['content']);
    desk = new ContentDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  const withContent = () =>
    as(ACME, async () => {
      const { id } = await desk.organization();
      const media = await desk.video({ organizationId: id });
      const content = await desk.published({ organizationId: id, mediaItemId: media.id });
      return { id, media, content };
    });

  it('becomes a draft when the organization is deleted softly, and is found when it is restored', async () => {
    const { id, content } = await withContent();
    const other = await as(ACME, () => desk.published());

    await as(ACME, () => desk.organizations.delete(id));

    await as(ACME, async () => {
      expect(await desk.content.getById(content.id)).toMatchObject({
        ...DRAFT,
        organizationId: id,
        version: content.version + 1,
      });
      expect(await desk.content.getById(other.id)).toMatchObject({ status: 'published' });
      await desk.organizations.restore(id);
      const { items } = await desk.content.search({ organizationId: id });
      expect(items).toMatchObject([{ id: content.id, ...DRAFT, organization: { id } }]);
    });
  });

  it('becomes a draft when raw SQL sets deleted_at', async () => {
    const { id, content } = await withContent();

    await as(ACME, () => sql('UPDATE organizations SET deleted_at = now() WHERE id = $1', [id]));

    expect(await as(ACME, () => desk.content.getById(content.id))).toMatchObject(DRAFT);
  });

  it('becomes a draft when organization_id is cleared, by the repository and by raw SQL', async () => {
    const [first, second] = [await withContent(), await withContent()];

    await as(ACME, async () => {
      const cleared = await desk.content.update(first.content.id, { organizationId: null });
      expect(cleared).toMatchObject({ ...DRAFT, organizationId: null });
      await sql('UPDATE content SET organization_id = NULL WHERE id = $1', [second.content.id]);
      expect(await desk.content.getById(second.content.id)).toMatchObject({
        ...DRAFT,
        organizationId: null,
      });
    });
  });

  it('stays published when it moves from one organization to another', async () => {
    const { content } = await withContent();
    await as(ACME, async () => {
      const { id: organizationId } = await desk.organization();

      expect(await desk.content.update(content.id, { organizationId })).toMatchObject({
        status: 'published',
        organizationId,
      });
    });
  });

  it.each([
    ['hardDelete', (id: string) => desk.organizations.hardDelete({ id })],
    ['raw SQL', (id: string) => sql('DELETE FROM organizations WHERE id = $1', [id])],
  ])(
    'becomes an unlinked draft of its creator when %s deletes the organization for good',
    async (_way, remove) => {
      const { id, media, content } = await withContent();
      const deleted = await as(ACME, async () => {
        const row = await desk.published({ organizationId: id });
        await desk.content.delete(row.id);
        return row;
      });

      await as(ACME, () => remove(id));

      await as(ACME, async () => {
        const unlinked = { tenantId: ACME, organizationId: null };
        expect(await desk.content.getById(content.id)).toMatchObject({ ...unlinked, ...DRAFT });
        expect(await desk.media.getById(media.id)).toMatchObject(unlinked);
        expect(await desk.content.getById(deleted.id, { deleted: 'with' })).toMatchObject({
          ...unlinked,
          ...DRAFT,
        });
        await expect(desk.organizations.findById(id, { deleted: 'with' })).resolves.toBeNull();
      });
    },
  );

  it('gets another slug where its creator has one like it already', async () => {
    await as(ACME, async () => {
      const { id } = await desk.organization();
      const personal = await desk.draft({ slug: 'hello' });
      const content = await desk.draft({ slug: 'hello', organizationId: id });

      await desk.organizations.hardDelete({ id });

      expect((await desk.content.getById(personal.id)).slug).toBe('hello');
      expect((await desk.content.getById(content.id)).slug).toBe(`hello-${content.id}`);
    });
  });

  it('cannot be published again, by a repository or by raw SQL, until the organization is back', async () => {
    const { id, content } = await withContent();
    await as(ACME, () => desk.organizations.delete(id));

    await as(ACME, async () => {
      await expect(desk.content.publish(content.id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
        message: expect.stringContaining('Restore the organization first'),
      });
      const byHand = `UPDATE content SET status = 'published', published_at = now() WHERE id = $1`;
      expect(getConstraintName(await caught(sql(byHand, [content.id])))).toBe(
        'ck_content_published_by_living_organization',
      );
      await desk.organizations.restore(id);
      expect(await desk.content.publish(content.id)).toMatchObject({ status: 'published' });
    });
  });

  it("of one tenant leaves another tenant's content alone, whoever deletes", async () => {
    const { id } = await withContent();
    const foreign = await as(GLOBEX, async () => {
      const own = await desk.organization();
      return desk.published({ creatorId: GUSTAV, organizationId: own.id });
    });

    await TenantContext.runAsSystem('test of a purge', () => desk.organizations.hardDelete({ id }));

    expect(await as(GLOBEX, () => desk.content.getById(foreign.id))).toMatchObject({
      status: 'published',
      organizationId: foreign.organizationId,
      creatorId: GUSTAV,
    });
    await expect(as(ACME, () => desk.organizations.findById(id))).resolves.toBeNull();
  });

  it('keeps its creator: a member with content is not deleted for good', async () => {
    await withContent();

    await expect(
      as(ACME, () => sql('DELETE FROM memberships WHERE id = $1', [ANNA])),
    ).rejects.toThrow();
  });
});

describe('who publishes while the organization is deleted', () => {
  let shipped: ShippedSource;
  let desk: ContentDesk;

  beforeAll(async () => {
    shipped = await openShipped(['content']);
    desk = new ContentDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('leaves nothing published behind, in whatever order they come', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, drafts } = await as(ACME, async () => {
        const organization = await desk.organization();
        const rows = [];
        for (let count = 0; count < 4; count++) {
          rows.push(await desk.draft({ organizationId: organization.id }));
        }
        return { id: organization.id, drafts: rows };
      });

      await Promise.allSettled([
        ...drafts.map((row) => as(ACME, () => desk.content.publish(row.id))),
        as(ACME, () => desk.organizations.delete(id)),
      ]);

      const left = await as(ACME, () =>
        desk.content.search({ organizationId: id, status: 'published' }),
      );
      expect(left.total).toBe(0);
      await expect(as(ACME, () => desk.organizations.findById(id))).resolves.toBeNull();
    }
  });
});
