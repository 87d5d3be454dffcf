import { describe, expect, it } from '@jest/globals';
import { TenantContext, TenantRepository } from 'nestjs-rowguard';
import { Comment, Post, asEditor, openBlog } from '../../support/soft-delete/blog.js';
import { GLOBEX } from '../../support/shop.js';

describe('an act of deleting, and restoring it', () => {
  it.each([
    ['the predicates alone', { predicate: true, policies: false }],
    ['the policies alone', { predicate: false, policies: true }],
  ])('stay within the tenant behind %s', async (_wall, walls) => {
    const blog = await openBlog({ tenancy: { walls } });
    const { manager } = blog.source;
    const posts = new TenantRepository(Post, blog.source);
    const asOther = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: GLOBEX }, work);
    const write = async () => {
      const post = await posts.save({ title: 'P' });
      await manager.save(Comment, { text: 'C', postId: post.id });
      return post.id;
    };
    const living = () => manager.countBy(Comment, { text: 'C' });
    const [own, foreign] = [await asEditor(write), await asOther(write)];

    const { batch, counts } = await asEditor(() => posts.delete([own, foreign]));
    const between = [await asEditor(living), await asOther(living)];
    const refused = asOther(() => posts.restoreBatch(String(batch)));
    await expect(refused).rejects.toThrow(/no such act of deleting/);
    await asOther(() => posts.restore(own));
    const still = await asEditor(living);
    await asEditor(() => posts.restore(own));

    expect(counts).toEqual({ Post: 1, Comment: 1 });
    expect([between, still, await asEditor(living)]).toEqual([[0, 1], 0, 1]);
    await blog.close();
  });
});
