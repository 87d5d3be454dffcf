import { expect, it } from '@jest/globals';
import type { DeletedOptions } from 'nestjs-rowguard';
import type { Post } from '../../support/soft-delete/blog.js';

it('knows the paths of the relations of an entity, and what can be said of each', () => {
  const fine: DeletedOptions<Post>[] = [
    { deleted: { relations: { author: 'without', comments: 'with' } } },
    { deleted: { rows: 'only', relations: { 'comments.post': 'only' } } },
    { deleted: { relations: { 'comments.post.author': 'without' } } },
  ];
  const wrong: DeletedOptions<Post>[] = [
    // @ts-expect-error a post has no remarks
    { deleted: { relations: { remarks: 'with' } } },
    // @ts-expect-error nor have its comments
    { deleted: { relations: { 'comments.remarks': 'with' } } },
    // @ts-expect-error a title is no relation
    { deleted: { relations: { title: 'with' } } },
    // @ts-expect-error all is no word
    { deleted: { relations: { author: 'all' } } },
  ];

  expect([fine.length, wrong.length]).toEqual([3, 4]);
});
