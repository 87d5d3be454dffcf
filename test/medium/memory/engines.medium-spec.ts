import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TenantContext, createDataSource } from 'nestjs-rowguard';
import {
  ConversationMemory,
  ConversationRepository,
  MemoryRepository,
} from 'nestjs-rowguard/schema';
import { TenantQueryRunner } from '../../../src/connection/tenant-query-runner.js';
import { isAtLeast, mayHaveExtension } from '../../../src/schema/extensions.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';
import { WITHOUT_SERVER, openVectorServer, vectorServer } from '../../support/vector-database.js';

const NORTH = [0, 1, 0];
const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

const BOTH = { predicate: true, policies: true };
const EMBEDDED = (walls: typeof BOTH) =>
  openEmbeddedShipped(['conversations'], { tenancy: { walls } });
const SERVER = (walls: typeof BOTH) => openVectorServer({ tenancy: { walls } });

const PLACES = [
  ['row-level security alone', { predicate: false, policies: true }],
  ['the predicate alone', { predicate: true, policies: false }],
  ['both walls', BOTH],
].flatMap(([name, walls]) => [
  [`${name as string}, on the embedded engine`, EMBEDDED, walls as typeof BOTH] as const,
  [`${name as string}, on a server with pgvector`, SERVER, walls as typeof BOTH] as const,
]);

for (const [name, open, walls] of PLACES) {
  const isLeftOut = open === SERVER && vectorServer() === undefined;
  const title = `the search behind ${name}${isLeftOut ? ` (${WITHOUT_SERVER})` : ''}`;
  (isLeftOut ? describe.skip : describe)(title, () => {
    let shipped: ShippedSource;
    let memory: MemoryRepository;

    beforeAll(async () => {
      shipped = await open(walls);
      memory = new MemoryRepository(shipped.source);
      await memory.ensureIndex(3);
      const rows = (content: string, count: number) =>
        Array.from({ length: count }, (_one, at) => ({
          content,
          key: `${at}`,
          embedding: [Math.sin(at), Math.cos(at), content.length],
        }));
      await as(ACME, () => memory.upsertMany(rows('own', 40)));
      await as(GLOBEX, () => memory.upsertMany(rows('theirs', 400)));
    });
    afterAll(() => shipped.close());

    it.each(['exact', 'index', 'auto'] as const)(
      'finds the same rows of the tenant, and no other, mode %s',
      async (mode) => {
        const search = { vector: NORTH, limit: 20, exactUpTo: 10 };
        const exact = await as(ACME, () => memory.search({ ...search, mode: 'exact' }));

        const found = await as(ACME, () => memory.search({ ...search, mode }));
        const all = await as(ACME, () => memory.search({ ...search, mode, limit: 1_000 }));

        expect(found.map((one) => one.item.id)).toEqual(exact.map((one) => one.item.id));
        expect(found).toHaveLength(20);
        expect(all).toHaveLength(40);
        expect(new Set(all.map((one) => one.item.content))).toEqual(new Set(['own']));
      },
    );

    it.each([
      ['exact', 10_000, 1],
      ['auto', 10_000, 1],
      ['auto', 1, 1],
      ['index', 10_000, 4],
    ] as const)('in mode %s with few up to %i takes %i round trips', async (mode, few, trips) => {
      const query = jest.spyOn(TenantQueryRunner.prototype, 'query');

      await as(ACME, () => memory.search({ vector: NORTH, limit: 5, mode, exactUpTo: few }));

      expect(query).toHaveBeenCalledTimes(trips);
      query.mockRestore();
    });
  });
}

describe('a server without pgvector', () => {
  let shipped: ShippedSource;
  let memory: MemoryRepository;

  beforeAll(async () => {
    shipped = await openShipped('all');
    memory = new MemoryRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('has the rest of the schema, and conversations that are deleted and restored', async () => {
    const conversations = new ConversationRepository(shipped.source);

    const { id } = await as(ACME, () => conversations.create({ title: 'T', creatorId: ANNA }));
    await as(ACME, () => conversations.delete(id));
    await as(ACME, () => conversations.restore(id));

    expect(shipped.source.hasMetadata(ConversationMemory)).toBe(false);
    const tables = await shipped.database?.asOwner((client) =>
      client.query(`select 1 from pg_tables where tablename = 'conversation_memory'`),
    );
    expect(tables?.rows).toEqual([]);
  });

  it('says with a typed error what to install, whatever is asked of the memory', async () => {
    const row = { content: 'x', embedding: NORTH, key: 'k' };
    const calls: (() => Promise<unknown>)[] = [
      () => memory.insert(row),
      () => memory.create(row),
      () => memory.insertMany([row]),
      () => memory.upsert(row),
      () => memory.upsertMany([row]),
      () => memory.search({ vector: NORTH }),
      () => memory.update(ANNA, { content: 'y' }),
      () => memory.forget('k'),
      () => memory.forgetNamespace('n'),
      () => memory.delete(ANNA),
      () => memory.restore(ANNA),
      () => memory.getById(ANNA),
      async () => memory.find(),
      async () => memory.findPage(),
    ];

    for (const call of [...calls, () => memory.ensureIndex(3)]) {
      await expect(as(ACME, async () => call())).rejects.toMatchObject({
        code: 'ROWGUARD_EXTENSION_MISSING',
        message: expect.stringContaining('Install pgvector'),
      });
    }
  });

  it('answers otherwise where conversations were not asked for at all', async () => {
    const without = await openEmbeddedShipped(['identity']);

    await expect(
      as(ACME, () =>
        new MemoryRepository(without.source).insert({ content: 'x', embedding: NORTH }),
      ),
    ).rejects.toMatchObject({ code: 'ROWGUARD_DOMAIN_NOT_INSTALLED' });
    await without.close();
  });

  it('is told of once in the log at each start, and starts again with migrate check', async () => {
    const database = await ScratchDatabase.create();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const source = createDataSource({ url: database.url, schema: ['conversations'] });
    await source.initialize();
    await source.destroy();
    await source.initialize();
    await source.destroy();
    const checked = createDataSource({
      url: database.url,
      schema: ['conversations'],
      migrate: 'check',
    });
    await checked.initialize();
    await checked.destroy();

    const told = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    await database.drop();

    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/extension vector, 0\.8 or newer: memory is left out/);
  });

  it('is one with an older pgvector as well', async () => {
    const embedded = await openEmbeddedShipped(['identity']);
    const has = (from: string) =>
      TenantContext.runAsSystem('a look', () =>
        mayHaveExtension(embedded.source, { name: 'vector', from }),
      );

    expect([await has('0.8'), await has('99')]).toEqual([true, false]);
    expect([isAtLeast('0.10.1', '0.8'), isAtLeast('0.7.4', '0.8')]).toEqual([true, false]);
    await embedded.close();
  });
});
