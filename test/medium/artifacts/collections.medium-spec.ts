import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ArtifactCollectionItem,
  ArtifactRepository,
  CollectionRepository,
  TenantContext,
  isUniqueViolation,
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

const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
const globex = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: GLOBEX }, work);
const NOT_THERE = { code: 'ROWGUARD_ROW_NOT_FOUND' };

describe.each(ENGINES)('collections of artifacts, on %s', (_, open) => {
  let shipped: ShippedSource;
  let artifacts: ArtifactRepository;
  let collections: CollectionRepository;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['artifacts']);
    artifacts = new ArtifactRepository(shipped.source);
    collections = new CollectionRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const artifact = (name: string) =>
    acme(() => artifacts.create({ name, kind: 'code', creatorId: ANNA, content: name }));
  const collection = () =>
    acme(() => collections.create({ name: `Collection ${++number}`, creatorId: ANNA }));
  const filled = async (...names: string[]) => {
    const { id } = await collection();
    const members = await Promise.all(names.map(artifact));
    const ids = members.map((member) => member.id);
    await acme(() => collections.addItems(id, ids));
    return { id, ids };
  };
  const namesIn = (id: string) =>
    acme(async () => (await collections.items(id)).items.map((item) => item.artifact.name));

  it('adds artifacts at the end and shows the items in order', async () => {
    const { id } = await filled('a', 'b');
    const { id: third } = await artifact('c');

    const item = await acme(() => collections.addItem(id, third));

    expect(item.position).toBe(3);
    await expect(namesIn(id)).resolves.toEqual(['a', 'b', 'c']);
  });

  it('shows the items page by page', async () => {
    const { id } = await filled('a', 'b', 'c');

    const first = await acme(() => collections.items(id, { limit: 2 }));
    const second = await acme(() => collections.items(id, { limit: 2, after: first.next ?? '' }));

    expect(first.items.map((item) => item.artifact.name)).toEqual(['a', 'b']);
    expect(second.items.map((item) => item.artifact.name)).toEqual(['c']);
  });

  it('takes an artifact out of a collection, and in again', async () => {
    const { id, ids } = await filled('a', 'b', 'c');
    const [a = ''] = ids;

    await acme(() => collections.removeItem(id, a));
    await expect(namesIn(id)).resolves.toEqual(['b', 'c']);
    await acme(() => collections.addItem(id, a));

    await expect(namesIn(id)).resolves.toEqual(['b', 'c', 'a']);
    await expect(acme(() => artifacts.getById(a))).resolves.toMatchObject({ name: 'a' });
  });

  it('reorders all items in one statement', async () => {
    const { id, ids } = await filled('a', 'b', 'c');

    await acme(() => collections.reorder(id, ids.toReversed()));

    await expect(namesIn(id)).resolves.toEqual(['c', 'b', 'a']);
  });

  it('reorders nothing where the list leaves one out, names one twice, or a foreign one', async () => {
    const { id, ids } = await filled('a', 'b', 'c');
    const { id: stranger } = await artifact('x');
    const [a = '', b = '', c = ''] = ids;

    for (const list of [
      [b, a],
      [b, a, a],
      [b, a, c, c],
      [b, a, stranger],
      [c, b, a, stranger],
      [],
    ]) {
      await expect(acme(() => collections.reorder(id, list))).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
    await expect(namesIn(id)).resolves.toEqual(['a', 'b', 'c']);
  });

  it('refuses lists that are none', async () => {
    const { id } = await filled('a');

    for (const list of [undefined, 'a', [1], ['no-id']]) {
      const refused = { code: 'ROWGUARD_INPUT_INVALID' };
      await expect(acme(() => collections.reorder(id, list as never))).rejects.toMatchObject(
        refused,
      );
      await expect(acme(() => collections.addItems(id, list as never))).rejects.toMatchObject(
        refused,
      );
    }
  });

  it('holds an artifact once', async () => {
    const { id, ids } = await filled('a');

    const error: unknown = await acme(() => collections.addItem(id, ids[0] ?? '')).catch(
      (caught: unknown) => caught,
    );

    expect(isUniqueViolation(error)).toBe(true);
  });

  it('has a name that is unique among the living', async () => {
    const first = await collection();
    const again = { name: first.name, creatorId: ANNA };

    const error: unknown = await acme(() => collections.create(again)).catch(
      (caught: unknown) => caught,
    );
    await acme(() => collections.delete(first.id));

    expect(isUniqueViolation(error)).toBe(true);
    await expect(acme(() => collections.create(again))).resolves.toMatchObject(again);
  });

  it('takes only living artifacts', async () => {
    const { id } = await collection();
    const { id: gone } = await artifact('gone');
    await acme(() => artifacts.delete(gone));

    await expect(acme(() => collections.addItem(id, gone))).rejects.toMatchObject(NOT_THERE);
  });

  it('deletes and restores a collection together with its items', async () => {
    const { id } = await filled('a', 'b');
    const items = shipped.source.getRepository(ArtifactCollectionItem);

    await acme(() => collections.delete(id));
    await expect(acme(() => items.countBy({ collectionId: id }))).resolves.toBe(0);
    await acme(() => collections.restore(id));

    await expect(namesIn(id)).resolves.toEqual(['a', 'b']);
  });

  it('shows an artifact again only when both it and the collection are back', async () => {
    const { id, ids } = await filled('a', 'b');
    const [a = ''] = ids;
    await acme(() => collections.delete(id));
    await acme(() => artifacts.delete(a));

    await acme(() => collections.restore(id));
    await expect(namesIn(id)).resolves.toEqual(['b']);
    await acme(() => artifacts.restore(a));

    await expect(namesIn(id)).resolves.toEqual(['a', 'b']);
  });

  it('is hidden from another tenant, which cannot put its artifacts into it either', async () => {
    const { id, ids } = await filled('a', 'b');
    const own = await globex(() =>
      artifacts.create({ name: 'g', kind: 'code', creatorId: GUSTAV, content: 'g' }),
    );

    await expect(globex(() => collections.items(id))).resolves.toMatchObject({ items: [] });
    for (const attempt of [
      () => collections.addItem(id, own.id),
      () => collections.removeItem(id, ids[0] ?? ''),
      () => collections.reorder(id, ids.toReversed()),
      () => collections.delete(id),
    ]) {
      await expect(globex(attempt as () => Promise<unknown>)).rejects.toMatchObject(NOT_THERE);
    }
    await expect(acme(() => collections.addItem(id, own.id))).rejects.toMatchObject(NOT_THERE);
    await expect(namesIn(id)).resolves.toEqual(['a', 'b']);
  });
});

describe('a collection that several change at once', () => {
  const WRITERS = 20;
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped(['artifacts']);
  });
  afterAll(() => shipped.close());

  it('gives each item a place of its own', async () => {
    const artifacts = new ArtifactRepository(shipped.source);
    const collections = new CollectionRepository(shipped.source);
    const { id } = await acme(() => collections.create({ name: 'Busy', creatorId: ANNA }));

    await Promise.all(
      Array.from({ length: WRITERS }, (_, at) =>
        acme(async () => {
          const name = `a${at}`;
          const made = { name, kind: 'other', creatorId: ANNA, content: name } as const;
          await collections.addItem(id, (await artifacts.create(made)).id);
        }),
      ),
    );

    const { items } = await acme(() => collections.items(id));
    expect(items.map((item) => item.position)).toEqual(
      Array.from({ length: WRITERS }, (_, at) => at + 1),
    );
  });
});
