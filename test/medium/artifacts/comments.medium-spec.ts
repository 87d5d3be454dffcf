import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ArtifactRepository, CommentRepository, TenantContext } from 'nestjs-rowguard';
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
const say = (body: string) => ({ authorId: ANNA, body });

describe.each(ENGINES)('comments on artifacts, on %s', (_, open) => {
  let shipped: ShippedSource;
  let artifacts: ArtifactRepository;
  let comments: CommentRepository;
  let artifactId: string;

  beforeAll(async () => {
    shipped = await open(['artifacts']);
    artifacts = new ArtifactRepository(shipped.source);
    comments = new CommentRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(async () => {
    const made = { name: 'Plan', kind: 'document', creatorId: ANNA, content: 'x' } as const;
    artifactId = (await acme(() => artifacts.create(made))).id;
  });

  const told = (id: string) =>
    acme(async () =>
      (await comments.thread(id)).map(({ comment, depth }) => `${depth} ${comment.body}`),
    );

  it('adds a comment, replies to it, and shows the thread in the order of reading', async () => {
    const root = await acme(() => comments.add(artifactId, say('Why?')));
    const first = await acme(() => comments.reply(root.id, say('Because')));
    await acme(() => comments.reply(root.id, say('No idea')));
    await acme(() => comments.reply(first.id, say('I see')));

    await expect(told(root.id)).resolves.toEqual(['0 Why?', '1 Because', '2 I see', '1 No idea']);
    await expect(told(first.id)).resolves.toEqual(['0 Because', '1 I see']);
  });

  it('lists the threads of an artifact page by page, without the replies', async () => {
    const one = await acme(() => comments.add(artifactId, say('one')));
    await acme(() => comments.reply(one.id, say('reply')));
    await acme(() => comments.add(artifactId, say('two')));

    const first = await acme(() => comments.threadsOf(artifactId, { limit: 1 }));
    const second = await acme(() => comments.threadsOf(artifactId, { after: first.next ?? '' }));

    expect(first.items.map((comment) => comment.body)).toEqual(['one']);
    expect(second.items.map((comment) => comment.body)).toEqual(['two']);
  });

  it('resolves a comment once, and opens it again', async () => {
    const { id } = await acme(() => comments.add(artifactId, say('typo')));

    const resolved = await acme(() => comments.resolve(id, ANNA));
    const again = await acme(() => comments.resolve(id, ANNA));
    const open_ = await acme(() => comments.reopen(id));

    expect(resolved).toMatchObject({ resolvedAt: expect.any(Date), resolverId: ANNA });
    expect(again.resolvedAt).toEqual(resolved.resolvedAt);
    expect(open_).toMatchObject({ resolvedAt: null, resolverId: null });
  });

  it('deletes a comment with everything said in answer, and restores it as one act', async () => {
    const root = await acme(() => comments.add(artifactId, say('root')));
    const branch = await acme(() => comments.reply(root.id, say('branch')));
    await acme(() => comments.reply(branch.id, say('leaf')));
    await acme(() => comments.reply(root.id, say('other')));

    await acme(() => comments.delete(branch.id));
    await expect(told(root.id)).resolves.toEqual(['0 root', '1 other']);
    await acme(() => comments.restore(branch.id));

    await expect(told(root.id)).resolves.toEqual(['0 root', '1 branch', '2 leaf', '1 other']);
  });

  it('moves no comment below another or to another artifact: a thread in a circle has no end', async () => {
    const root = await acme(() => comments.add(artifactId, say('root')));
    const branch = await acme(() => comments.reply(root.id, say('branch')));
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };

    for (const change of [{ parentId: branch.id }, { artifactId }, { parent: branch }]) {
      await expect(acme(() => comments.update(root.id, change as object))).rejects.toMatchObject(
        refused,
      );
    }
    await acme(() => comments.update(root.id, { body: 'ROOT' }));

    await expect(told(root.id)).resolves.toEqual(['0 ROOT', '1 branch']);
  });

  it('refuses to answer in a thread about another artifact', async () => {
    const root = await acme(() => comments.add(artifactId, say('root')));
    const made = { name: 'Other', kind: 'document', creatorId: ANNA, content: 'y' } as const;
    const other = await acme(() => artifacts.create(made));

    await expect(
      acme(() => comments.create({ artifactId: other.id, parentId: root.id, ...say('?') })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('refuses comments on what is not there', async () => {
    const root = await acme(() => comments.add(artifactId, say('root')));
    await acme(() => comments.delete(root.id));

    for (const attempt of [
      () => comments.reply(root.id, say('too late')),
      () => comments.resolve(root.id, ANNA),
      () => comments.thread(root.id),
      () => comments.delete(root.id),
      () => comments.add(root.id, say('no artifact')),
    ]) {
      await expect(acme(attempt as () => Promise<unknown>)).rejects.toMatchObject(NOT_THERE);
    }
    for (const attempt of [
      () => comments.reply('no-id', say('x')),
      () => comments.add('no-id', say('x')),
      () => comments.thread('no-id'),
    ]) {
      await expect(acme(attempt as () => Promise<unknown>)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
  });

  it('are hidden from another tenant, which can neither answer nor settle them', async () => {
    const { id } = await acme(() => comments.add(artifactId, say('internal')));
    const theirs = { authorId: GUSTAV, body: 'hello' };

    await expect(globex(() => comments.threadsOf(artifactId))).resolves.toMatchObject({
      items: [],
    });
    for (const attempt of [
      () => comments.thread(id),
      () => comments.reply(id, theirs),
      () => comments.add(artifactId, theirs),
      () => comments.resolve(id, GUSTAV),
      () => comments.delete(id),
    ]) {
      await expect(globex(attempt as () => Promise<unknown>)).rejects.toMatchObject(NOT_THERE);
    }
    await expect(told(id)).resolves.toEqual(['0 internal']);
  });
});

describe('a comment that is deleted while somebody answers it', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped(['artifacts']);
  });
  afterAll(() => shipped.close());

  it('takes the answer along, or is gone before it: no answer is left alone', async () => {
    const [artifacts, comments] = [
      new ArtifactRepository(shipped.source),
      new CommentRepository(shipped.source),
    ];
    const made = { name: 'Plan', kind: 'document', creatorId: ANNA, content: 'x' } as const;
    const { id: artifactId } = await acme(() => artifacts.create(made));
    const root = await acme(() => comments.add(artifactId, say('root')));

    let tell: () => void;
    const answered = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const answering = acme(() =>
      comments.transaction(async () => {
        const reply = await comments.reply(root.id, say('late'));
        tell();
        await new Promise((done) => setTimeout(done, 300));
        return reply;
      }),
    );
    await answered;
    await acme(() => comments.delete(root.id));
    const reply = await answering;

    await expect(acme(() => comments.findById(reply.id))).resolves.toBeNull();
  });
});
