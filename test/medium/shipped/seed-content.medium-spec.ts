import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EntityMetadata, type FindOptionsWhere, ILike } from 'typeorm';
import * as everything from 'nestjs-rowguard';
import {
  Content,
  MediaItem,
  Membership,
  type NewRow,
  TenantContext,
  User,
  UserRepository,
  getConstraintName,
  getErrorDetail,
  isForeignKeyViolation,
  isNotNullViolation,
  isUniqueViolation,
  uuidV7,
} from 'nestjs-rowguard';
import * as schema from 'nestjs-rowguard/schema';
import { caught } from '../../support/caught.js';
import { ContentDesk } from '../../support/content-desk.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { ACME } from '../../support/shop.js';

/** Added, and then kept as they are. */
const RECORDS = [
  'artifact_versions',
  'audit_logs',
  'audit_seals',
  'cost_records',
  'payment_transactions',
  'retention_holds',
  'seeder_history',
  'tool_executions',
  'usage_events',
  'webhook_deliveries',
];

describe('the daily work with content', () => {
  let shipped: ShippedSource;
  let desk: ContentDesk;
  const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
  const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('sign-up', work);

  beforeAll(async () => {
    shipped = await openShipped(['content']);
    desk = new ContentDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('reads users, and adds a user and an organization in one transaction', async () => {
    const users = new UserRepository(shipped.source);

    const { user, organization } = await acme(() =>
      users.transaction(async () => {
        const john = await users.createMember({ name: 'John', email: 'john@example.com' });
        const owned = { name: 'Acme Inc', slug: 'acme', ownerId: john.id };
        return { user: john, organization: await desk.organizations.create(owned) };
      }),
    );

    expect((await acme(() => users.find())).map((one) => one.name)).toContain('John');
    expect(organization).toMatchObject({ slug: 'acme', ownerId: user.id });
  });

  it('creates, reads, updates and deletes a user as rows with types', async () => {
    const users = new UserRepository(shipped.source);
    const values: NewRow<User> = { name: 'Jane Doe', email: 'jane@example.com' };

    const created: User = await asSystem(() => users.create(values));
    const read = await asSystem(() => users.findByEmail('jane@example.com'));
    const updated = await asSystem(() => users.update(created.id, { emailVerified: true }));
    await asSystem(() => users.delete(created.id));

    expect(read).toMatchObject({ id: created.id, emailVerified: false });
    expect(updated.emailVerified).toBe(true);
    await expect(asSystem(() => users.findById(created.id))).resolves.toBeNull();
  });

  it('sets createdAt and updatedAt by itself, and moves updatedAt with each change', async () => {
    const before = await acme(() => desk.draft());
    await new Promise((resolve) => setTimeout(resolve, 5));

    const after = await acme(() => desk.content.update(before.id, { title: 'Renamed' }));

    expect(before.createdAt).toEqual(before.updatedAt);
    expect(after.createdAt).toEqual(before.createdAt);
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
  });

  it('joins content with media and creator by hand, beside what the repository does', async () => {
    await acme(async () => {
      const media = await desk.video({ title: 'Joined' });
      await desk.published({ mediaItemId: media.id, title: 'With a video' });
      await desk.published({ title: 'Without one' });
    });

    const rows = await acme(() =>
      shipped.source
        .createQueryBuilder(Content, 'content')
        .leftJoinAndMapOne(
          'content.mediaItem',
          MediaItem,
          'media',
          'media.id = content.mediaItemId AND media.tenantId = content.tenantId',
        )
        .innerJoin(Membership, 'member', 'member.id = content.creatorId')
        .where('content.status = :status', { status: 'published' })
        .andWhere('content.title LIKE :title', { title: 'With%' })
        .orderBy('content.title')
        .getMany(),
    );

    expect(rows.map((row) => [row.title, row.mediaItem?.title])).toEqual([
      ['With a video', 'Joined'],
      ['Without one', undefined],
    ]);
  });

  it('builds filters as they come, and answers a page with the total', async () => {
    const organization = await acme(() => desk.organization());
    await acme(async () => {
      for (const title of ['Intro', 'introduction', 'Other']) {
        await desk.published({ organizationId: organization.id, title });
      }
    });
    const search = (filter: { organizationId?: string; text?: string }, limit = 20) => {
      const where: FindOptionsWhere<Content> = {};
      if (filter.organizationId) where.organizationId = filter.organizationId;
      if (filter.text) where.title = ILike(`%${filter.text}%`);
      const order = { publishedAt: 'DESC', id: 'DESC' } as const;
      return acme(() => desk.content.findAndCountPage({ where, order, page: 1, limit }));
    };

    const both = await search({ organizationId: organization.id, text: 'INTRO' });
    const first = await search({ organizationId: organization.id }, 2);

    expect(both.items.map((one) => one.title).toSorted()).toEqual(['Intro', 'introduction']);
    expect(first).toMatchObject({ total: 3, pages: 2, page: 1 });
    expect(first.items).toHaveLength(2);
  });

  it('takes a media item from the upload to ready, and finds it for its creator', async () => {
    const { id } = await acme(() => desk.video({ r2Key: 'originals/7/video.mp4' }));

    await acme(() =>
      desk.media.markReady(id, {
        durationSeconds: 120,
        width: 1920,
        height: 1080,
        hlsMasterPlaylistKey: 'hls/7/master.m3u8',
        thumbnailKey: 'thumbnails/7/thumb.jpg',
        uploadedAt: new Date(),
      }),
    );

    const ready = await acme(() => desk.media.findReady(ANNA));
    expect(ready.find((one) => one.id === id)).toMatchObject({
      status: 'ready',
      thumbnailKey: 'thumbnails/7/thumb.jpg',
    });
  });

  it('tells a taken value, a missing reference and a missing field apart', async () => {
    await acme(() => desk.organizations.create({ name: 'First', slug: 'taken' }));

    const taken = await caught(
      acme(() => desk.organizations.create({ name: 'Second', slug: 'taken' })),
    );
    const noReference = await caught(acme(() => desk.draft({ creatorId: uuidV7() })));
    const noField = await caught(
      acme(() =>
        shipped.source.query('insert into organizations (slug, version) values ($1, 1)', ['none']),
      ),
    );

    expect(isUniqueViolation(taken)).toBe(true);
    expect(getConstraintName(taken)).toBe('ix_organizations_tenant_id_slug_active');
    expect(isForeignKeyViolation(noReference)).toBe(true);
    expect(getConstraintName(noReference)).toContain('creator');
    expect(isNotNullViolation(noField)).toBe(true);
    // What PostgreSQL says of other rows stays inside; only what the caller sent is told.
    expect(getErrorDetail(noReference) ?? '').not.toContain('Anna');
  });

  it('exports the schema by a path of its own as well, each name the same', () => {
    const names = Object.keys(schema);

    expect(names).toEqual(expect.arrayContaining(['User', 'Session', 'Account', 'Organization']));
    expect(names).toEqual(expect.arrayContaining(['MediaItem', 'Content', 'triggers']));
    for (const name of names) {
      expect([name, (everything as Record<string, unknown>)[name]]).toEqual([
        name,
        (schema as Record<string, unknown>)[name],
      ]);
    }
  });
});

describe('every table of the shipped schema', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped('all');
  });
  afterAll(() => shipped.close());

  it('has createdAt, and updatedAt and deletedAt unless its rows come once and stay', () => {
    const tables = shipped.source.entityMetadatas.filter((one) => one.tableType === 'regular');
    const undated = tables.filter((one) => !one.createDateColumn);
    const unchanging = tables.filter((one) => !one.updateDateColumn);
    const kept = tables.filter((one) => !one.deleteDateColumn);

    // The audit log calls it `at`.
    expect(namesOf(undated)).toEqual(['audit_logs']);
    expect(namesOf(unchanging)).toEqual(namesOf(kept));
    expect(namesOf(kept)).toEqual(RECORDS);
  });
});

function namesOf(tables: readonly EntityMetadata[]): string[] {
  return tables.map((one) => one.tableName).toSorted();
}
