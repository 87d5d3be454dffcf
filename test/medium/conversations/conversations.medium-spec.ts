import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import {
  Conversation,
  ConversationRepository,
  MessageAttachment,
  MessageRepository,
} from 'nestjs-rowguard/schema';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const NOWHERE = '0190a000-0000-7000-8000-00000000dead';
const FILE = {
  fileName: 'plan.pdf',
  mimeType: 'application/pdf',
  sizeBytes: 3_000_000_000,
  storageKey: 'uploads/plan.pdf',
  checksum: 'ab'.repeat(32),
};

const BAD_INPUT = expect.stringMatching(/^ROWGUARD_(?:INPUT_INVALID|VALIDATION_FAILED)$/);

const ENGINES = [
  ['on PostgreSQL', openShipped],
  ['on the embedded engine', openEmbeddedShipped],
] as const;

describe.each(ENGINES)('conversations %s', (_, open) => {
  let shipped: ShippedSource;
  let conversations: ConversationRepository;
  let messages: MessageRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const begin = (title = 'Plans') =>
    as(ACME, () => conversations.create({ title, creatorId: ANNA }));

  beforeAll(async () => {
    shipped = await open(['conversations']);
    conversations = new ConversationRepository(shipped.source);
    messages = new MessageRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('creates a conversation that is open and has no messages', async () => {
    const { id } = await begin('Holidays');

    await expect(as(ACME, () => conversations.getById(id))).resolves.toMatchObject({
      title: 'Holidays',
      state: 'open',
      creatorId: ANNA,
      lastSequence: 0,
      lastMessageAt: null,
      metadata: {},
    });
  });

  it('refuses a creator who is a member of another tenant only', async () => {
    const create = as(ACME, () => conversations.create({ title: 'X', creatorId: GUSTAV }));

    await expect(create).rejects.toMatchObject({ code: 'ROWGUARD_REFERENCE_MISSING' });
  });

  it('archives and reopens, and refuses to do either twice', async () => {
    const { id } = await begin();

    const archived = await as(ACME, () => conversations.archive(id));
    const again = as(ACME, () => conversations.archive(id));

    expect(archived).toMatchObject({ state: 'archived', archivedAt: expect.any(Date) });
    await expect(again).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await expect(as(ACME, () => conversations.reopen(id))).resolves.toMatchObject({
      state: 'open',
      archivedAt: null,
    });
    await expect(as(ACME, () => conversations.reopen(id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
  });

  it('renames, and refuses a title that is none', async () => {
    const { id } = await begin();

    const renamed = await as(ACME, () => conversations.rename(id, 'Better'));

    expect(renamed.title).toBe('Better');
    for (const title of ['', 'x'.repeat(501), undefined, 7] as string[]) {
      await expect(as(ACME, () => conversations.rename(id, title))).rejects.toMatchObject({
        code: 'ROWGUARD_VALIDATION_FAILED',
      });
    }
    await expect(as(ACME, () => conversations.rename(NOWHERE, 'X'))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('moves the state by archive and reopen alone', async () => {
    const { id } = await begin();

    const update = as(ACME, () => conversations.update(id, { state: 'archived' }));

    await expect(update).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
  });

  it('pages through conversations by keyset, the newest first, of one state or person', async () => {
    const old = await begin('old');
    const young = await begin('young');
    await as(ACME, () => conversations.archive(old.id));

    const first = await as(ACME, () => conversations.page({ limit: 1 }));
    const after = first.next as string;
    const second = await as(ACME, () => conversations.page({ limit: 1, after }));
    const archived = await as(ACME, () =>
      conversations.page({ state: 'archived', creatorId: ANNA, limit: 1 }),
    );

    expect(first.items.map((one) => one.id)).toEqual([young.id]);
    expect(second.items.map((one) => one.id)).toEqual([old.id]);
    expect(archived.items.map((one) => one.id)).toEqual([old.id]);
    await expect(
      as(ACME, () => conversations.page({ state: 'lost' as 'open' })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    await expect(as(ACME, () => conversations.page({ limit: 0 }))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('deletes a conversation with its messages and attachments as one act, and restores exactly those', async () => {
    const { id } = await begin();
    const gone = await as(ACME, () => messages.append(id, { role: 'user', content: 'gone' }));
    const kept = await as(ACME, () =>
      messages.append(id, { role: 'user', content: 'kept', attachments: [FILE] }),
    );
    await as(ACME, () => messages.delete(gone.id));

    await as(ACME, () => conversations.delete(id));
    const whileDeleted = await as(ACME, async () => ({
      conversation: await conversations.findById(id),
      messages: await messages.page(id),
      files: await messages.attachments(kept.id),
    }));
    await as(ACME, () => conversations.restore(id));

    expect(whileDeleted).toEqual({
      conversation: null,
      messages: { items: [], next: undefined },
      files: [],
    });
    const restored = await as(ACME, () => messages.page(id));
    expect(restored.items.map((one) => one.content)).toEqual(['kept']);
    expect(await as(ACME, () => messages.attachments(kept.id))).toHaveLength(1);
    await expect(as(ACME, () => conversations.delete(NOWHERE))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('appends messages with the next number, and counts on the conversation', async () => {
    const { id } = await begin();

    const first = await as(ACME, () =>
      messages.append(id, { role: 'user', content: 'Hello', authorId: ANNA, tokens: 2 }),
    );
    const second = await as(ACME, () =>
      messages.append(id, {
        role: 'assistant',
        content: '',
        model: 'm-1',
        metadata: { calls: [1] },
        parentId: first.id,
      }),
    );

    expect([first.sequence, second.sequence]).toEqual([1, 2]);
    expect(await as(ACME, () => messages.getById(second.id))).toMatchObject({
      role: 'assistant',
      content: '',
      model: 'm-1',
      metadata: { calls: [1] },
      parentId: first.id,
      tokens: null,
    });
    expect(await as(ACME, () => conversations.getById(id))).toMatchObject({
      lastSequence: 2,
      lastMessageAt: expect.any(Date),
    });
  });

  it('gives 16 writers at once numbers without gaps or duplicates', async () => {
    const { id } = await begin();
    const write = (writer: number) =>
      as(ACME, async () => {
        for (let at = 0; at < 10; at++) {
          if (at % 3 === 0) {
            await messages.appendMany(id, [
              { role: 'user', content: `${writer}` },
              { role: 'assistant', content: `${writer}` },
            ]);
          } else await messages.append(id, { role: 'user', content: `${writer}` });
        }
      });

    await Promise.all(Array.from({ length: 16 }, (_one, writer) => write(writer)));

    const { items } = await as(ACME, () => messages.page(id, { limit: 1_000 }));
    expect(items.map((one) => one.sequence)).toEqual(
      Array.from({ length: 224 }, (_x, at) => at + 1),
    );
    for (const answer of items.filter((one) => one.role === 'assistant')) {
      expect(items[answer.sequence - 2]).toMatchObject({ content: answer.content, role: 'user' });
    }
  });

  it('gives the number back when the transaction of an append fails', async () => {
    const { id } = await begin();

    await as(ACME, () =>
      messages.transaction(async () => {
        await messages.append(id, { role: 'user', content: 'lost' });
        throw new Error('undone');
      }),
    ).catch(() => undefined);

    const next = await as(ACME, () => messages.append(id, { role: 'user', content: 'first' }));
    expect(next.sequence).toBe(1);
  });

  it('attaches files with the message they came with, and to one that is there', async () => {
    const { id } = await begin();

    const message = await as(ACME, () =>
      messages.append(id, { role: 'user', content: 'see', attachments: [FILE, FILE] }),
    );
    const [more] = await as(ACME, () =>
      messages.attach(message.id, [{ ...FILE, fileName: 'more.pdf' }]),
    );

    expect(message.attachments).toHaveLength(2);
    expect(message.attachments[0]).toBeInstanceOf(MessageAttachment);
    expect(message.attachments[0]).toMatchObject({ ...FILE, messageId: message.id });
    const all = await as(ACME, () => messages.attachments(message.id));
    expect(all.map((one) => one.fileName)).toEqual(['plan.pdf', 'plan.pdf', 'more.pdf']);
    expect(all[2]?.id).toBe(more?.id);
    await expect(as(ACME, () => messages.attach(NOWHERE, [FILE]))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('writes neither the message nor the number where a file is refused', async () => {
    const { id } = await begin();
    const bad = [
      { ...FILE, checksum: 'no' },
      { ...FILE, sizeBytes: -1 },
      { ...FILE, sizeBytes: undefined as unknown as number },
      { ...FILE, mimeType: 'pdf' },
      { ...FILE, fileName: '' },
      null as unknown as typeof FILE,
    ];

    for (const attachment of bad) {
      await expect(
        as(ACME, () =>
          messages.append(id, { role: 'user', content: 'x', attachments: [attachment] }),
        ),
      ).rejects.toMatchObject({ code: BAD_INPUT });
    }
    expect(await as(ACME, () => messages.page(id))).toEqual({ items: [], next: undefined });
  });

  it('pages through messages forward and backward by keyset', async () => {
    const { id } = await begin();
    await as(ACME, () =>
      messages.appendMany(
        id,
        Array.from({ length: 5 }, (_one, at) => ({ role: 'user' as const, content: `${at + 1}` })),
      ),
    );
    const read = async (direction: 'forward' | 'backward') => {
      const seen: number[][] = [];
      let after: string | undefined;
      do {
        const page = await as(ACME, () =>
          messages.page(id, { direction, limit: 2, ...(after === undefined ? {} : { after }) }),
        );
        seen.push(page.items.map((one) => one.sequence));
        after = page.next;
      } while (after);
      return seen;
    };

    expect(await read('forward')).toEqual([[1, 2], [3, 4], [5]]);
    expect(await read('backward')).toEqual([[5, 4], [3, 2], [1]]);
    await expect(
      as(ACME, () => messages.page(id, { direction: 'up' as 'forward' })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('gives the latest messages in the order of the conversation, for the context of a prompt', async () => {
    const { id } = await begin();
    await as(ACME, () =>
      messages.insertMany(
        ['a', 'b', 'c'].map((content) => ({ conversationId: id, role: 'user' as const, content })),
      ),
    );

    const latest = await as(ACME, () => messages.latest(id, 2));

    expect(latest.map((one) => one.content)).toEqual(['b', 'c']);
    for (const count of [0, 1.5, 1_001, NaN]) {
      await expect(as(ACME, () => messages.latest(id, count))).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
  });

  it('takes no messages where the conversation is archived, deleted or nowhere', async () => {
    const { id } = await begin();
    const append = (to: string) =>
      as(ACME, () => messages.append(to, { role: 'user', content: 'x' }));

    await as(ACME, () => conversations.archive(id));
    await expect(append(id)).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await as(ACME, () => conversations.delete(id));
    await expect(append(id)).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    await expect(append(NOWHERE)).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    await expect(append('no id')).rejects.toMatchObject({ code: BAD_INPUT });
  });

  it('refuses a parent of another conversation, and messages that are none', async () => {
    const { id } = await begin();
    const other = await begin();
    const elsewhere = await as(ACME, () =>
      messages.append(other.id, { role: 'user', content: 'x' }),
    );
    const bad = [
      { role: 'user', content: 'x', parentId: elsewhere.id },
      { role: 'robot', content: 'x' },
      { role: 'user' },
      { content: 'x' },
      { role: 'user', content: 7 },
      { role: 'user', content: 'a\u0000b' },
      { role: 'user', content: 'a\ud800b' },
      { role: 'user', content: 'x', tokens: -1 },
      { role: 'user', content: 'x', metadata: 'text' },
      { role: 'user', content: 'x', authorId: 'no id' },
      { role: 'user', content: 'x', attachments: 'none' },
      null,
    ] as never[];

    for (const message of bad) {
      await expect(as(ACME, () => messages.append(id, message))).rejects.toMatchObject({
        code: BAD_INPUT,
      });
    }
    await expect(as(ACME, () => messages.appendMany(id, 'x' as never))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
    expect(await as(ACME, () => conversations.getById(id))).toMatchObject({ lastSequence: 0 });
  });

  it('shows another tenant nothing, and lets it change nothing', async () => {
    const { id } = await begin();
    const message = await as(ACME, () => messages.append(id, { role: 'user', content: 'secret' }));

    const seen = await as(GLOBEX, async () => ({
      conversation: await conversations.findById(id),
      page: await messages.page(id),
      latest: await messages.latest(id, 5),
      files: await messages.attachments(message.id),
    }));

    expect(seen).toEqual({
      conversation: null,
      page: { items: [], next: undefined },
      latest: [],
      files: [],
    });
    const attempts = [
      () => conversations.rename(id, 'mine'),
      () => conversations.archive(id),
      () => conversations.delete(id),
      () => conversations.restore(id),
      () => messages.append(id, { role: 'user', content: 'mine' }),
      () => messages.attach(message.id, [FILE]),
      () => messages.delete(message.id),
    ];
    for (const attempt of attempts) {
      await expect(as(GLOBEX, attempt as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_ROW_NOT_FOUND',
      });
    }
    expect(
      await as(ACME, () => shipped.source.getRepository(Conversation).count()),
    ).toBeGreaterThan(0);
    expect((await as(ACME, () => messages.page(id))).items).toHaveLength(1);
  });
});
