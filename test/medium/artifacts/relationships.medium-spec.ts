import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ACYCLIC_RELATIONSHIP_KINDS,
  ArtifactComment,
  ArtifactRelationship,
  ArtifactRepository,
  ArtifactVersion,
  CollectionRepository,
  CommentRepository,
  RelationshipRepository,
  type RelatedArtifact,
  TenantContext,
  isCheckViolation,
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
const CIRCLE = { code: 'ROWGUARD_CYCLE_REFUSED' };

function makers(shipped: () => ShippedSource) {
  const artifact = async (name: string) => {
    const made = { name, kind: 'dataset', creatorId: ANNA, content: [name] } as const;
    return (await acme(() => new ArtifactRepository(shipped().source).create(made))).id;
  };
  return { artifact, all: (...names: string[]) => Promise.all(names.map(artifact)) };
}

const told = (related: readonly RelatedArtifact[]) =>
  related.map(({ artifact, depth }) => `${depth} ${artifact.name}`);

describe.each(ENGINES)('relationships of artifacts, on %s', (_, open) => {
  let shipped: ShippedSource;
  let artifacts: ArtifactRepository;
  let relationships: RelationshipRepository;
  const { artifact, all } = makers(() => shipped);

  beforeAll(async () => {
    shipped = await open(['artifacts']);
    artifacts = new ArtifactRepository(shipped.source);
    relationships = new RelationshipRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const chain = async (...names: string[]) => {
    const ids = await all(...names);
    for (const [at, from] of ids.slice(0, -1).entries()) {
      await acme(() => relationships.relate(from, ids[at + 1] ?? '', 'depends_on'));
    }
    return ids;
  };

  it('finds the dependencies of an artifact, and its dependents, the nearest first', async () => {
    const [a = '', b = '', , d = ''] = await chain('a', 'b', 'c', 'd');
    await acme(() => relationships.relate(a, d, 'depends_on'));

    const dependencies = await acme(() => relationships.dependenciesOf(a));
    const dependents = await acme(() => relationships.dependentsOf(d));
    const near = await acme(() => relationships.dependenciesOf(b, { depth: 1 }));

    expect(told(dependencies).toSorted()).toEqual(['1 b', '1 d', '2 c']);
    expect(told(dependents).toSorted()).toEqual(['1 a', '1 c', '2 b']);
    expect(told(near)).toEqual(['1 c']);
  });

  it('follows the kinds that are asked for', async () => {
    const [a = '', b = '', c = ''] = await all('a', 'b', 'c');
    await acme(() => relationships.relate(a, b, 'derived_from'));
    await acme(() => relationships.relate(b, c, 'references'));

    const found = await acme(() =>
      relationships.dependenciesOf(a, { kinds: ['derived_from', 'references'] }),
    );

    expect(told(found)).toEqual(['1 b', '2 c']);
    await expect(acme(() => relationships.dependenciesOf(a))).resolves.toEqual([]);
  });

  it('takes a relationship away', async () => {
    const [a = '', b = ''] = await chain('a', 'b');

    await acme(() => relationships.unrelate(a, b, 'depends_on'));

    await expect(acme(() => relationships.dependenciesOf(a))).resolves.toEqual([]);
    await expect(acme(() => relationships.unrelate(a, b, 'depends_on'))).rejects.toMatchObject(
      NOT_THERE,
    );
    await expect(acme(() => relationships.relate(b, a, 'depends_on'))).resolves.toMatchObject({
      fromId: b,
      toId: a,
    });
  });

  it.each(ACYCLIC_RELATIONSHIP_KINDS)('refuses a circle of the kind %s', async (kind) => {
    const [a = '', b = '', c = ''] = await all('a', 'b', 'c');
    await acme(() => relationships.relate(a, b, kind));
    await acme(() => relationships.relate(b, c, kind));

    await expect(acme(() => relationships.relate(c, a, kind))).rejects.toMatchObject(CIRCLE);

    await expect(acme(() => relationships.countBy({ fromId: c }))).resolves.toBe(0);
  });

  it('names the path that a refused relationship would close', async () => {
    const [a = '', b = '', c = ''] = await chain('Report', 'Figures', 'Survey');

    await expect(acme(() => relationships.relate(c, a, 'depends_on'))).rejects.toMatchObject({
      ...CIRCLE,
      message: expect.stringContaining('Survey -> Report -> Figures -> Survey'),
      given: { kind: 'depends_on', path: [c, a, b, c] },
    });
  });

  it('allows a circle of references, and walks it once', async () => {
    const [a = '', b = ''] = await all('a', 'b');
    await acme(() => relationships.relate(a, b, 'references'));
    await acme(() => relationships.relate(b, a, 'references'));

    const found = await acme(() =>
      relationships.dependenciesOf(a, { kinds: ['references'], depth: 100 }),
    );

    expect(told(found)).toEqual(['1 b']);
  });

  it('sees no circle where the kinds differ, or where two ways lead to one artifact', async () => {
    const [a = '', b = '', c = '', d = ''] = await all('a', 'b', 'c', 'd');

    await acme(() =>
      relationships.relateAll([
        { fromId: a, toId: b, kind: 'depends_on' },
        { fromId: a, toId: c, kind: 'depends_on' },
        { fromId: b, toId: d, kind: 'depends_on' },
        { fromId: c, toId: d, kind: 'depends_on' },
        { fromId: d, toId: a, kind: 'supersedes' },
      ]),
    );

    const found = await acme(() => relationships.dependenciesOf(a));
    expect(told(found).toSorted()).toEqual(['1 b', '1 c', '2 d']);
  });

  it('relates many at once, and none of them where one closes a circle', async () => {
    const [a = '', b = '', c = ''] = await all('a', 'b', 'c');
    const rows = [
      { fromId: a, toId: b, kind: 'depends_on' },
      { fromId: b, toId: c, kind: 'depends_on' },
      { fromId: c, toId: a, kind: 'depends_on' },
    ] as const;

    for (const write of [
      () => relationships.insertMany(rows),
      () => relationships.relateAll(rows),
    ]) {
      await expect(acme(write)).rejects.toMatchObject(CIRCLE);
    }

    await expect(acme(() => relationships.dependenciesOf(a))).resolves.toEqual([]);
  });

  it('keeps nothing of a refused one in a transaction that goes on', async () => {
    const [a = '', b = '', c = ''] = await chain('a', 'b', 'c');

    await acme(() =>
      relationships.transaction(async () => {
        await relationships.relate(c, a, 'depends_on').catch(() => undefined);
        await relationships.relate(a, c, 'depends_on');
      }),
    );

    await expect(acme(() => relationships.countBy({ fromId: c }))).resolves.toBe(0);
    await expect(acme(() => relationships.countBy({ fromId: a }))).resolves.toBe(2);
    expect(b).not.toBe('');
  });

  it('refuses to restore a relationship, or an artifact, that would now close a circle', async () => {
    const [a = '', b = '', c = ''] = await all('a', 'b', 'c');
    const taken = await acme(() => relationships.relate(a, b, 'depends_on'));
    await acme(() => relationships.unrelate(a, b, 'depends_on'));
    await acme(() => relationships.relate(b, a, 'depends_on'));
    await acme(() => relationships.relate(c, b, 'derived_from'));
    await acme(() => relationships.relate(a, c, 'derived_from'));
    await acme(() => artifacts.delete(c));
    await acme(() => relationships.relate(b, a, 'derived_from'));

    await expect(acme(() => relationships.restore(taken.id))).rejects.toMatchObject(CIRCLE);
    await expect(acme(() => artifacts.restore(c))).rejects.toMatchObject(CIRCLE);

    await expect(acme(() => artifacts.findById(c))).resolves.toBeNull();
  });

  it('refuses a relationship of an artifact to itself, and to what is not there', async () => {
    const [a = '', gone = ''] = await all('a', 'gone');
    await acme(() => artifacts.delete(gone));

    await expect(acme(() => relationships.relate(a, a, 'references'))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
    await expect(acme(() => relationships.relate(a, gone, 'depends_on'))).rejects.toMatchObject(
      NOT_THERE,
    );
    await expect(acme(() => relationships.relate(gone, a, 'depends_on'))).rejects.toMatchObject(
      NOT_THERE,
    );
  });

  it('refuses a kind that there is not, and the same relationship twice', async () => {
    const [a = '', b = ''] = await chain('a', 'b');
    const failure = (kind: string) =>
      acme(() => relationships.relate(a, b, kind as never)).catch((error: unknown) => error);

    const unknown = await failure('eats');

    const { code } = unknown as { code?: string };
    expect(isCheckViolation(unknown) || code === 'ROWGUARD_VALIDATION_FAILED').toBe(true);
    expect(isUniqueViolation(await failure('depends_on'))).toBe(true);
  });

  it('refuses depths, ids and changes that make no sense', async () => {
    const [a = '', b = ''] = await chain('a', 'b');
    const { id } = await acme(() => relationships.findOneByOrFail({ fromId: a, toId: b }));

    for (const attempt of [
      () => relationships.dependenciesOf(a, { depth: 0 }),
      () => relationships.dependenciesOf(a, { depth: 101 }),
      () => relationships.dependentsOf('no-id'),
      () => relationships.update(id, { toId: a }),
      () => relationships.relate('no-id', b, 'depends_on'),
    ]) {
      await expect(acme(attempt as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
  });

  it('keeps the graph of a tenant from another', async () => {
    const [a = '', b = ''] = await chain('a', 'b');
    const made = { name: 'g', kind: 'code', creatorId: GUSTAV, content: 'g' } as const;
    const own = await globex(() => artifacts.create(made));

    await expect(globex(() => relationships.dependenciesOf(a))).resolves.toEqual([]);
    await expect(globex(() => relationships.dependentsOf(b))).resolves.toEqual([]);
    for (const attempt of [
      () => relationships.relate(own.id, a, 'references'),
      () => relationships.relate(a, own.id, 'references'),
      () => relationships.unrelate(a, b, 'depends_on'),
    ]) {
      await expect(globex(attempt as () => Promise<unknown>)).rejects.toMatchObject(NOT_THERE);
    }
    await expect(acme(() => relationships.dependenciesOf(a))).resolves.toHaveLength(1);
  });

  it('deletes an artifact with comments, places and relationships, and restores them as one act', async () => {
    const [a = '', b = '', c = ''] = await chain('a', 'b', 'c');
    const comments = new CommentRepository(shipped.source);
    const collections = new CollectionRepository(shipped.source);
    const shelf = await acme(() => collections.create({ name: `Shelf ${b}`, creatorId: ANNA }));
    await acme(() => collections.addItems(shelf.id, [a, b]));
    const early = await acme(() => comments.add(b, { authorId: ANNA, body: 'early' }));
    const late = await acme(() => comments.reply(early.id, { authorId: ANNA, body: 'late' }));
    await acme(() => comments.delete(late.id));
    const counts = () =>
      acme(async () => [
        await shipped.source.getRepository(ArtifactComment).countBy({ artifactId: b }),
        (await collections.items(shelf.id)).items.length,
        (await relationships.dependenciesOf(a)).length,
        (await relationships.dependentsOf(c)).length,
        await shipped.source.getRepository(ArtifactVersion).countBy({ artifactId: b }),
      ]);

    await acme(() => artifacts.delete(b));
    await expect(counts()).resolves.toEqual([0, 1, 0, 0, 1]);
    await acme(() => artifacts.restore(b));

    await expect(counts()).resolves.toEqual([1, 2, 2, 2, 1]);
    await expect(acme(() => comments.findById(late.id))).resolves.toBeNull();
    await expect(acme(() => artifacts.getContent(b))).resolves.toEqual(['b']);
  });

  it('restores a relationship when both of its artifacts are back, in whatever order', async () => {
    const [a = '', b = ''] = await chain('a', 'b');
    await acme(() => artifacts.delete(a));
    await acme(() => artifacts.delete(b));

    await acme(() => artifacts.restore(a));
    await expect(acme(() => relationships.countBy({ fromId: a }))).resolves.toBe(0);
    await acme(() => artifacts.restore(b));

    await expect(acme(() => relationships.countBy({ fromId: a }))).resolves.toBe(1);
    const loose = await artifact('loose');
    await expect(acme(() => relationships.dependentsOf(loose))).resolves.toEqual([]);
  });
});

describe('relationships that are made at the same time', () => {
  const ROUNDS = 8;
  let shipped: ShippedSource;
  let relationships: RelationshipRepository;
  const { all } = makers(() => shipped);

  beforeAll(async () => {
    shipped = await openShipped(['artifacts']);
    relationships = new RelationshipRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('never close a circle of two: of opposite ones, exactly one is kept', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [a = '', b = ''] = await all('a', 'b');

      const outcomes = await Promise.allSettled([
        acme(() => relationships.relate(a, b, 'depends_on')),
        acme(() => relationships.relate(b, a, 'depends_on')),
      ]);

      expect(outcomes.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes.find((one) => one.status === 'rejected')?.reason).toMatchObject(CIRCLE);
    }
  });

  it('never close a longer circle either: one of its links is left out', async () => {
    const ids = await all('a', 'b', 'c', 'd', 'e', 'f');

    const outcomes = await Promise.allSettled(
      ids.map((from, at) =>
        acme(() => relationships.relate(from, ids[(at + 1) % ids.length] ?? '', 'derived_from')),
      ),
    );

    expect(outcomes.filter((one) => one.status === 'rejected')).toHaveLength(1);
  });

  it('are refused in a REPEATABLE READ transaction, which could not see each other', async () => {
    const [a = '', b = ''] = await all('a', 'b');

    await expect(
      acme(() =>
        relationships.transaction(() => relationships.relate(a, b, 'depends_on'), {
          isolation: 'REPEATABLE READ',
        }),
      ),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('are never hung on an artifact that is deleted meanwhile', async () => {
    const artifacts = new ArtifactRepository(shipped.source);
    for (let round = 0; round < ROUNDS; round++) {
      const [a = '', b = ''] = await all('a', 'b');

      await Promise.allSettled([
        acme(() => relationships.relate(a, b, 'depends_on')),
        acme(() => artifacts.delete(b)),
      ]);

      const living = shipped.source.getRepository(ArtifactRelationship);
      await expect(acme(() => living.countBy({ toId: b }))).resolves.toBe(0);
    }
  });
});
