import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TransactionConflictError, getSqlState } from 'nestjs-rowguard';
import { httpProblem } from '../../../src/http/http-problem.js';
import { caught } from '../../support/caught.js';
import { type Gate, newGate } from '../../support/gate.js';
import { type Blog, Post, asEditor, openBlog } from '../../support/soft-delete/blog.js';

describe('transactions that get in each other’s way', () => {
  let blog: Blog;
  let ids: [string, string];

  beforeAll(async () => {
    blog = await openBlog();
    const posts = await asEditor(() =>
      blog.source.getRepository(Post).save([{ title: 'one' }, { title: 'two' }]),
    );
    ids = posts.map((post) => post.id) as [string, string];
  });
  afterAll(() => blog.close());

  const change = (first: string, second: string, mine: Gate, other: Gate) =>
    asEditor(() =>
      blog.source.transaction(async (manager) => {
        await manager.update(Post, { id: first }, { title: 'mine' });
        mine.open();
        await other.opened;
        await manager.update(Post, { id: second }, { title: 'mine' });
      }),
    );

  it('and wait for each other: one is told to try again, the other is kept', async () => {
    const [one, two] = [newGate(), newGate()];
    const [a, b] = ids;

    const outcomes = await Promise.allSettled([change(a, b, one, two), change(b, a, two, one)]);

    const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toBeInstanceOf(TransactionConflictError);
    expect(getSqlState(failed[0])).toBe('40P01');
    expect(httpProblem(failed[0] as TransactionConflictError)).toMatchObject({
      status: 409,
      code: 'ROWGUARD_TRANSACTION_CONFLICT',
    });
  });

  it('and change what the other has read: the later one is told to try again', async () => {
    const [hasRead, wasChanged] = [newGate(), newGate()];
    const [id] = ids;
    const late = asEditor(() =>
      blog.source.transaction('REPEATABLE READ', async (manager) => {
        await manager.findOneByOrFail(Post, { id });
        hasRead.open();
        await wasChanged.opened;
        await manager.update(Post, { id }, { title: 'late' });
      }),
    );
    await hasRead.opened;
    await asEditor(() => blog.source.manager.update(Post, { id }, { title: 'first' }));
    wasChanged.open();

    const error = await caught(late);

    expect(error).toBeInstanceOf(TransactionConflictError);
    expect(getSqlState(error)).toBe('40001');
  });
});
