import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Artifact,
  ArtifactRepository,
  ArtifactVersion,
  TenantContext,
  isCheckViolation,
} from 'nestjs-rowguard';
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
const acme = <T>(work: () => Promise<T>) => as(ACME, work);

const plan = { name: 'Plan', kind: 'document', creatorId: ANNA } as const;

describe.each(ENGINES)('artifacts and their versions, on %s', (_, open) => {
  let shipped: ShippedSource;
  let artifacts: ArtifactRepository;

  beforeAll(async () => {
    shipped = await open(['artifacts']);
    artifacts = new ArtifactRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('creates an artifact together with its first version', async () => {
    const created = await acme(() =>
      artifacts.create({ ...plan, content: '# Plan', note: 'First draft' }),
    );

    const version = await acme(() => artifacts.getVersion(created.id));

    expect(created).toMatchObject({ tenantId: ACME, name: 'Plan', currentVersion: 1 });
    expect(version).toMatchObject({
      number: 1,
      text: '# Plan',
      data: null,
      note: 'First draft',
      authorId: ANNA,
    });
  });

  it('writes no artifact where the first version cannot be written', async () => {
    const before = await acme(() => artifacts.count());

    await expect(
      acme(() => artifacts.create({ ...plan, content: 'a \0 byte' })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });

    await expect(acme(() => artifacts.count())).resolves.toBe(before);
  });

  it('keeps old versions as they were when one is added', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'one' }));

    const second = await acme(() => artifacts.addVersion(id, { content: 'two', authorId: ANNA }));

    expect(second).toMatchObject({ number: 2, note: null });
    await expect(acme(() => artifacts.getContent(id, 1))).resolves.toBe('one');
    await expect(acme(() => artifacts.getContent(id, 2))).resolves.toBe('two');
    await expect(acme(() => artifacts.getContent(id))).resolves.toBe('two');
    await expect(acme(() => artifacts.getById(id))).resolves.toMatchObject({ currentVersion: 2 });
  });

  it.each([
    ['a text', 'naïve 𝄞 text\n'],
    ['an empty text', ''],
    ['an object', { z: 1, a: { c: [1, 2.5, 1e-7, 1e21], b: null }, list: [{ y: 1, x: 2 }] }],
    ['a list', [{ id: 2, name: 'b' }, 'x', 3, null]],
    ['an empty list', []],
  ])('gives back %s as it was written, whatever order its keys have', async (_kind, content) => {
    const { id } = await acme(() => artifacts.create({ ...plan, content }));

    await expect(acme(() => artifacts.getContent(id))).resolves.toEqual(content);
  });

  it('makes the content of an old version the newest when it is restored', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: { step: 1 } }));
    await acme(() => artifacts.addVersion(id, { content: 'another form', authorId: ANNA }));

    const restored = await acme(() => artifacts.restoreVersion(id, 1, { authorId: ANNA }));

    expect(restored).toMatchObject({ number: 3, note: 'Restored from version 1' });
    await expect(acme(() => artifacts.getContent(id))).resolves.toEqual({ step: 1 });
    await expect(acme(() => artifacts.getContent(id, 2))).resolves.toBe('another form');
  });

  it('lists the versions page by page, newest first, without their contents', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'v1' }));
    for (const content of ['v2', 'v3', 'v4', 'v5']) {
      await acme(() => artifacts.addVersion(id, { content, authorId: ANNA }));
    }

    const first = await acme(() => artifacts.listVersions(id, { limit: 3 }));
    const second = await acme(() =>
      artifacts.listVersions(id, { limit: 3, after: first.next ?? '' }),
    );

    expect(first.items.map((version) => version.number)).toEqual([5, 4, 3]);
    expect(second.items.map((version) => version.number)).toEqual([2, 1]);
    expect(second.next).toBeUndefined();
    expect(first.items[0]?.text).toBeUndefined();
  });

  it('refuses a version that was made from an older one than the newest', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'one' }));
    const change = { content: 'two', authorId: ANNA, expectedVersion: 1 };
    await acme(() => artifacts.addVersion(id, change));

    await expect(acme(() => artifacts.addVersion(id, change))).rejects.toMatchObject({
      code: 'ROWGUARD_VERSION_CONFLICT',
      given: { currentVersion: 2, expectedVersion: 1 },
    });
    await expect(
      acme(() => artifacts.restoreVersion(id, 1, { authorId: ANNA, expectedVersion: 1 })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_VERSION_CONFLICT' });
  });

  it('says that the content is damaged where it does not match its hash', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'the truth' }));
    await TenantContext.runAsSystem('test: damage', () =>
      shipped.source.manager.update(ArtifactVersion, { artifactId: id }, { text: 'a lie' }),
    );

    for (const read of [
      () => artifacts.getVersion(id),
      () => artifacts.getContent(id, 1),
      () => artifacts.restoreVersion(id, 1, { authorId: ANNA }),
    ]) {
      await expect(acme(read as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_CONTENT_DAMAGED',
      });
    }
  });

  it('lets no tenant change or delete a version', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'kept' }));
    const versions = shipped.source.getRepository(ArtifactVersion);

    for (const attempt of [
      () => versions.update({ artifactId: id }, { text: 'changed' }),
      () => versions.delete({ artifactId: id }),
    ]) {
      await expect(acme(attempt as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_STATEMENT_REFUSED',
      });
    }
    await expect(acme(() => artifacts.getContent(id))).resolves.toBe('kept');
  });

  it('hides artifacts and versions from another tenant, and lets it add none', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'secret' }));
    const globex = <T>(work: () => Promise<T>) => as(GLOBEX, work);
    const notThere = { code: 'ROWGUARD_ROW_NOT_FOUND' };
    const change = { content: 'mine', authorId: GUSTAV };

    await expect(globex(() => artifacts.find())).resolves.toEqual([]);
    await expect(globex(() => artifacts.listVersions(id))).resolves.toMatchObject({ items: [] });
    await expect(globex(() => artifacts.getVersion(id, 1))).rejects.toMatchObject(notThere);
    await expect(globex(() => artifacts.addVersion(id, change))).rejects.toMatchObject(notThere);
    await expect(globex(() => artifacts.restoreVersion(id, 1, change))).rejects.toMatchObject(
      notThere,
    );
    await expect(globex(() => artifacts.delete(id))).rejects.toMatchObject(notThere);
    await expect(acme(() => artifacts.getContent(id))).resolves.toBe('secret');
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['a function', () => 'text'],
    ['a date', new Date()],
    ['a big integer', { n: 1n }],
    ['a nul character in data', { text: 'a\0b' }],
  ])('refuses %s as content, and writes nothing', async (_kind, content) => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'one' }));

    await expect(
      acme(() => artifacts.addVersion(id, { content: content as never, authorId: ANNA })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });

    await expect(acme(() => artifacts.getById(id))).resolves.toMatchObject({ currentVersion: 1 });
  });

  it('refuses content that points at itself', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;

    await expect(acme(() => artifacts.create({ ...plan, content: circle }))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('refuses to set the number of the current version by hand', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: 'one' }));

    await expect(acme(() => artifacts.update(id, { currentVersion: 9 }))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
    await expect(acme(() => artifacts.update(id, { name: 'New' }))).resolves.toMatchObject({
      name: 'New',
      currentVersion: 1,
    });
  });

  it('refuses a kind of artifact that there is not', async () => {
    const error: unknown = await acme(() =>
      artifacts.create({ ...plan, kind: 'song' as never, content: 'la' }),
    ).catch((caught: unknown) => caught);

    const { code } = error as { code?: string };
    expect(isCheckViolation(error) || code === 'ROWGUARD_VALIDATION_FAILED').toBe(true);
  });

  it('numbers the versions of artifacts that were inserted in bulk from 1', async () => {
    const [row] = await acme(() => artifacts.insertMany([{ ...plan, name: 'Bulk' }]));
    const id = row?.id ?? '';

    await expect(acme(() => artifacts.getVersion(id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
    await expect(
      acme(() => artifacts.addVersion(id, { content: 'one', authorId: ANNA })),
    ).resolves.toMatchObject({ number: 1 });
  });

  it('finds the artifacts of a kind, page by page', async () => {
    await acme(() => artifacts.create({ ...plan, kind: 'code', content: 'a' }));
    await acme(() => artifacts.create({ ...plan, kind: 'code', content: 'b' }));

    const page = await acme(() => artifacts.findPage({ where: { kind: 'code' }, limit: 1 }));

    expect(page.items[0]).toBeInstanceOf(Artifact);
    expect(page.items[0]?.kind).toBe('code');
    expect(page.next).toBeDefined();
  });
});

describe('writers of versions at the same time', () => {
  const WRITERS = 20;
  let shipped: ShippedSource;
  let artifacts: ArtifactRepository;

  beforeAll(async () => {
    shipped = await openShipped(['artifacts']);
    artifacts = new ArtifactRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('get numbers without gaps and without duplicates', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: '1' }));

    await Promise.all(
      Array.from({ length: WRITERS }, (_, at) =>
        acme(() => artifacts.addVersion(id, { content: `by ${at}`, authorId: ANNA })),
      ),
    );

    const { items } = await acme(() => artifacts.listVersions(id));
    const numbers = items.map((version) => version.number).toReversed();
    expect(numbers).toEqual(Array.from({ length: WRITERS + 1 }, (_, at) => at + 1));
  });

  it('leave no gap where one of them fails', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: '1' }));

    const outcomes = await Promise.allSettled(
      Array.from({ length: WRITERS }, (_, at) =>
        acme(() => artifacts.addVersion(id, { content: at % 2 ? 'a\0' : 'a', authorId: ANNA })),
      ),
    );

    const { items } = await acme(() => artifacts.listVersions(id));
    expect(outcomes.filter((one) => one.status === 'rejected')).toHaveLength(WRITERS / 2);
    expect(items).toHaveLength(WRITERS / 2 + 1);
    expect(items[0]?.number).toBe(WRITERS / 2 + 1);
  });

  it('that all start from the same version: one wins, and the others are told', async () => {
    const { id } = await acme(() => artifacts.create({ ...plan, content: '1' }));

    const outcomes = await Promise.allSettled(
      Array.from({ length: WRITERS }, () =>
        acme(() => artifacts.addVersion(id, { content: 'x', authorId: ANNA, expectedVersion: 1 })),
      ),
    );

    const told = outcomes.filter((one) => one.status === 'rejected');
    expect(told).toHaveLength(WRITERS - 1);
    for (const { reason } of told) {
      expect(reason).toMatchObject({ code: 'ROWGUARD_VERSION_CONFLICT' });
    }
  });
});
