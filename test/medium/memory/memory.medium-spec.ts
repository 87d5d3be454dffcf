import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TenantContext, isCheckViolation, isForeignKeyViolation } from 'nestjs-rowguard';
import {
  ConversationMemory,
  ConversationRepository,
  MemoryRepository,
} from 'nestjs-rowguard/schema';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
} from '../../support/shipped-source.js';

const INVALID = { code: 'ROWGUARD_INPUT_INVALID' };
const NORTH = [0, 1, 0];
const EAST = [1, 0, 0];
const BETWEEN = [1, 1, 0];

describe('the memory of conversations', () => {
  let shipped: ShippedSource;
  let memory: MemoryRepository;
  let conversations: ConversationRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const contents = (found: { item: ConversationMemory }[]) => found.map((one) => one.item.content);

  beforeAll(async () => {
    shipped = await openEmbeddedShipped(['conversations']);
    memory = new MemoryRepository(shipped.source);
    conversations = new ConversationRepository(shipped.source);
    await memory.ensureIndex(3);
  });
  beforeEach(() =>
    TenantContext.runAsSystem('an empty memory', () =>
      shipped.source.query('delete from conversation_memory'),
    ),
  );
  afterAll(() => shipped.close());

  it('inserts what is to be remembered, and searches the nearest first', async () => {
    const found = await as(ACME, async () => {
      await memory.insert({ content: 'north', embedding: NORTH, metadata: { at: 1 } });
      await memory.insert({ content: 'east', embedding: new Float32Array(EAST) });
      return memory.search({ vector: [0.1, 1, 0] });
    });

    expect(contents(found)).toEqual(['north', 'east']);
    expect(found[0]?.item).toBeInstanceOf(ConversationMemory);
    expect(found[0]?.item).toMatchObject({
      namespace: 'default',
      dimensions: 3,
      metadata: { at: 1 },
    });
    expect(found[0]?.item.embedding).toBeUndefined();
    expect(found[0]?.distance).toBeCloseTo(0.005, 3);
  });

  it('keeps a whole list with insertMany, and vectors of several lengths beside each other', async () => {
    const found = await as(ACME, async () => {
      await memory.insertMany([
        { content: 'three', embedding: NORTH },
        { content: 'two', embedding: [1, 0] },
        { content: 'long', embedding: Array.from({ length: 2_500 }, () => 0.5) },
      ]);
      return [
        await memory.search({ vector: NORTH }),
        await memory.search({ vector: [0, 1] }),
        await memory.search({ vector: Array.from({ length: 2_500 }, () => 1) }),
      ];
    });

    expect(found.map(contents)).toEqual([['three'], ['two'], ['long']]);
  });

  it('keeps vectors as they were given', async () => {
    const given = [1e-50, 0.1, -3.4e38];

    const { id } = await as(ACME, () => memory.insert({ content: 'x', embedding: given }));

    const row = await as(ACME, () =>
      memory.findOneOrFail({ where: { id }, select: { id: true, embedding: true } }),
    );
    expect(row.embedding).toEqual([0, 0.1, -3.4e38]);
  });

  it('upserts by namespace and key: replaces, and inserts what is not there', async () => {
    const rows = await as(ACME, async () => {
      const first = await memory.upsert({ key: 'k', content: 'old', embedding: NORTH });
      const others = await memory.upsertMany([
        { key: 'k', content: 'new', embedding: [1, 0], metadata: { v: 2 } },
        { key: 'k', namespace: 'other', content: 'elsewhere', embedding: NORTH },
      ]);
      return [first, ...others];
    });

    expect(rows[1]?.id).toBe(rows[0]?.id);
    expect(rows[2]?.id).not.toBe(rows[0]?.id);
    const kept = await as(ACME, () => memory.find({ order: { namespace: 'ASC' } }));
    expect(kept).toMatchObject([
      { content: 'new', dimensions: 2, metadata: { v: 2 } },
      { content: 'elsewhere', dimensions: 3 },
    ]);
  });

  it('refuses an upsert without a key, or with the same one twice', async () => {
    const row = { content: 'x', embedding: NORTH };

    await expect(as(ACME, () => memory.upsert(row))).rejects.toMatchObject(INVALID);
    await expect(
      as(ACME, () =>
        memory.upsertMany([
          { ...row, key: 'a' },
          { ...row, key: 'a' },
        ]),
      ),
    ).rejects.toMatchObject(INVALID);
    await expect(as(ACME, () => memory.count())).resolves.toBe(0);
  });

  it('updates a row with a vector of another length', async () => {
    const { id } = await as(ACME, () => memory.insert({ content: 'x', embedding: NORTH }));

    const updated = await as(ACME, () => memory.update(id, { embedding: [1, 2], content: 'y' }));

    expect(updated).toMatchObject({ content: 'y', dimensions: 2 });
  });

  it.each(['auto', 'exact', 'index'] as const)(
    'filters by namespace, conversation and metadata, mode %s',
    async (mode) => {
      const talk = await as(ACME, () => conversations.create({ title: 'T', creatorId: ANNA }));
      const found = await as(ACME, async () => {
        await memory.insertMany([
          { content: 'a', embedding: NORTH, metadata: { kind: 'fact', more: [1, 2] } },
          { content: 'b', embedding: NORTH, namespace: 'notes' },
          { content: 'c', embedding: NORTH, conversationId: talk.id },
        ]);
        const search = { vector: NORTH, mode };
        return [
          await memory.search({ ...search, namespace: 'notes' }),
          await memory.search({ ...search, conversationId: talk.id }),
          await memory.search({ ...search, metadata: { more: [2] } }),
          await memory.search({ ...search, metadata: { kind: 'fact' }, namespace: 'notes' }),
        ];
      });

      expect(found.map(contents)).toEqual([['b'], ['c'], ['a'], []]);
    },
  );

  it('measures by cosine, by distance of points, and by the inner product', async () => {
    const distances = await as(ACME, async () => {
      await memory.insert({ content: 'x', embedding: [3, 0, 0] });
      const measure = async (distance: 'cosine' | 'l2' | 'inner') =>
        (await memory.search({ vector: EAST, distance }))[0]?.distance;
      return [await measure('cosine'), await measure('l2'), await measure('inner')];
    });

    expect(distances).toEqual([0, 2, -3]);
  });

  it('leaves out what is farther than maxDistance', async () => {
    const found = await as(ACME, async () => {
      await memory.insertMany([
        { content: 'near', embedding: NORTH },
        { content: 'middle', embedding: BETWEEN },
        { content: 'far', embedding: EAST },
      ]);
      return memory.search({ vector: NORTH, maxDistance: 0.5 });
    });

    expect(contents(found)).toEqual(['near', 'middle']);
  });

  it('forgets a key, a namespace, and what was deleted softly; and takes the key again', async () => {
    await as(ACME, async () => {
      await memory.upsert({ key: 'k', content: 'x', embedding: NORTH });
      await memory.insertMany([
        { namespace: 'n', content: 'y', embedding: NORTH },
        { namespace: 'n', content: 'z', embedding: NORTH },
      ]);
      const { id } = await memory.insert({ content: 'w', embedding: NORTH });

      await expect(memory.forget('k')).resolves.toBe(true);
      await expect(memory.forget('k')).resolves.toBe(false);
      await expect(memory.forgetNamespace('n')).resolves.toBe(2);
      await memory.delete(id);

      for (const mode of ['exact', 'index', 'auto'] as const) {
        await expect(memory.search({ vector: NORTH, mode })).resolves.toEqual([]);
      }
      await expect(memory.count({ deleted: 'only' })).resolves.toBe(4);
      await expect(memory.restore(id)).resolves.toMatchObject({ content: 'w' });
      await memory.upsert({ key: 'k', content: 'again', embedding: NORTH });
    });
  });

  it('is deleted and restored with the conversation it is of', async () => {
    const found = await as(ACME, async () => {
      const { id } = await conversations.create({ title: 'T', creatorId: ANNA });
      await memory.insert({ content: 'x', embedding: NORTH, conversationId: id });
      await conversations.delete(id);
      const deleted = await memory.search({ vector: NORTH });
      await conversations.restore(id);
      return [deleted, await memory.search({ vector: NORTH })];
    });

    expect(found.map(contents)).toEqual([[], ['x']]);
  });

  it('takes part in a running transaction, and leaves its settings as they were', async () => {
    const seen = await as(ACME, async () => {
      const inside = await memory
        .transaction(async () => {
          await memory.insert({ content: 'x', embedding: NORTH });
          const found = [
            await memory.search({ vector: NORTH }),
            await memory.search({ vector: NORTH, mode: 'index' }),
            await memory.search({ vector: NORTH, mode: 'exact' }),
          ];
          const [setting] = await shipped.source.query<object[]>('show enable_sort');
          throw Object.assign(new Error('undone'), { found, setting });
        })
        .catch((error: { found: never[]; setting: object }) => error);
      return { inside, after: await memory.search({ vector: NORTH }) };
    });

    expect(seen.inside.found.map(contents)).toEqual([['x'], ['x'], ['x']]);
    expect(seen.inside.setting).toEqual({ enable_sort: 'on' });
    expect(seen.after).toEqual([]);
  });

  it('answers all rows of the tenant where fewer than the limit match, by the index too', async () => {
    await as(GLOBEX, () =>
      memory.insertMany(
        Array.from({ length: 500 }, (_one, at) => ({
          content: 'theirs',
          embedding: [1, at / 500, 0],
        })),
      ),
    );
    await as(ACME, () =>
      memory.insertMany(
        Array.from({ length: 7 }, (_one, at) => ({ content: `${at}`, embedding: [0, at / 7, 1] })),
      ),
    );

    for (const mode of ['index', 'auto', 'exact'] as const) {
      const search = { vector: [0.1, 1, 0], limit: 10, mode, exactUpTo: 1 };
      const found = await as(ACME, () => memory.search(search));
      const few = await as(ACME, () => memory.search({ ...search, limit: 3 }));
      expect(found).toHaveLength(7);
      expect(found.every((one) => one.item.tenantId === ACME)).toBe(true);
      expect(contents(few)).toEqual(contents(found).slice(0, 3));
    }
  });

  it('shows another tenant nothing, and lets it change nothing', async () => {
    const { id } = await as(ACME, () =>
      memory.upsert({ key: 'k', content: 'secret', embedding: NORTH }),
    );
    const theirs = await as(GLOBEX, async () => {
      await memory.forget('k');
      await memory.forgetNamespace('default');
      return [
        await memory.search({ vector: NORTH }),
        await memory.search({ vector: NORTH, mode: 'index' }),
        await memory.search({ vector: NORTH, mode: 'exact' }),
        await memory.find(),
      ];
    });

    expect(theirs).toEqual([[], [], [], []]);
    await as(GLOBEX, () => memory.upsert({ key: 'k', content: 'theirs', embedding: EAST }));
    await expect(as(ACME, () => memory.getById(id))).resolves.toMatchObject({ content: 'secret' });
    const foreign = await as(GLOBEX, () => conversations.create({ title: 'G', creatorId: GUSTAV }));
    const insert = as(ACME, () =>
      memory.insert({ content: 'x', embedding: NORTH, conversationId: foreign.id }),
    );
    await expect(insert.catch(isForeignKeyViolation)).resolves.toBe(true);
  });

  it('needs a tenant', async () => {
    await expect(memory.search({ vector: NORTH })).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
  });

  it('refuses vectors that are none, with a typed error', async () => {
    const bad = [
      [],
      [Number.NaN],
      [Infinity],
      [1e39],
      ['1'],
      [null],
      'north',
      undefined,
      null,
      Array.from({ length: 16_001 }, () => 1),
    ] as number[][];

    for (const vector of bad) {
      await expect(as(ACME, () => memory.search({ vector }))).rejects.toMatchObject(INVALID);
      await expect(
        as(ACME, () => memory.insert({ content: 'x', embedding: vector })),
      ).rejects.toMatchObject(INVALID);
    }
    await expect(as(ACME, () => memory.search(undefined as never))).rejects.toMatchObject(INVALID);
    await expect(as(ACME, () => memory.insertMany('x' as never))).rejects.toMatchObject(INVALID);
    await expect(as(ACME, () => memory.insertMany([null as never]))).rejects.toMatchObject(INVALID);
  });

  it('refuses searches that cannot be, with a typed error', async () => {
    const long = Array.from({ length: 2_001 }, () => 1);
    const bad = [
      { limit: 0 },
      { limit: 1_001 },
      { limit: 1.5 },
      { limit: '1' },
      { distance: 'manhattan' },
      { mode: 'fast' },
      { maxDistance: Number.NaN },
      { exactUpTo: -1 },
      { namespace: 7 },
      { conversationId: 'no id' },
      { metadata: 'text' },
      { metadata: { a: 'b\u0000' } },
      { vector: [0, 0, 0] },
      { vector: long, mode: 'index' },
      { vector: [1, 2, 3, 4], mode: 'index' },
      { mode: 'index', distance: 'l2' },
    ] as object[];

    for (const options of bad) {
      const search = as(ACME, () => memory.search({ vector: NORTH, ...options }));
      await expect(search).rejects.toMatchObject(INVALID);
    }
    await expect(as(ACME, () => memory.forget(''))).rejects.toMatchObject(INVALID);
    await expect(as(ACME, () => memory.forgetNamespace(7 as never))).rejects.toMatchObject(INVALID);
  });

  it('holds a row to the length that it says', async () => {
    const insert = as(ACME, () =>
      shipped.source.query(
        `insert into conversation_memory (tenant_id, content, embedding, dimensions) values ($1, 'x', '[1,2]', 3) returning id`,
        [ACME],
      ),
    );

    await expect(insert.catch(isCheckViolation)).resolves.toBe(true);
  });

  it('ensures an index for another length or distance, and none for what cannot be indexed', async () => {
    await memory.ensureIndex(5, 'l2');
    await memory.ensureIndex(5, 'l2');

    await as(ACME, () => memory.insert({ content: 'x', embedding: [1, 2, 3, 4, 5] }));
    const found = await as(ACME, () =>
      memory.search({ vector: [1, 2, 3, 4, 6], distance: 'l2', mode: 'index' }),
    );

    expect(found[0]?.distance).toBe(1);
    await expect(memory.ensureIndex(2_001)).rejects.toMatchObject(INVALID);
    await expect(memory.ensureIndex(1.5)).rejects.toMatchObject(INVALID);
    await expect(memory.ensureIndex(5, 'x' as 'l2')).rejects.toMatchObject(INVALID);
    await expect(as(ACME, () => memory.ensureIndex(5))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });
});
