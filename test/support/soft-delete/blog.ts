import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  UniqueActive,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity, OneToMany, type Relation } from 'typeorm';
import { type OpenedSource, opened } from '../opened-source.js';
import { ScratchDatabase } from '../scratch-database.js';
import { ACME } from '../shop.js';

/** The same blog as in plain-blog.ts, with the entities of this module. */
@Entity('authors')
export class Author extends TenantEntity {
  @Column('text')
  name!: string;

  @UniqueActive()
  @Column('text', { nullable: true })
  handle!: string | null;

  @OneToMany<Post>('Post', 'author')
  posts!: Relation<Post>[];
}

/** An author that goes leaves the posts behind. */
@Entity('posts')
export class Post extends TenantEntity {
  @Column('text')
  title!: string;

  @UniqueActive()
  @Column('text', { nullable: true })
  slug!: string | null;

  @Column('integer', { default: 0 })
  views!: number;

  @TenantManyToOne(() => Author, { nullable: true, inverse: (author) => author.posts })
  author!: Author | null;

  authorId!: string | null;

  @OneToMany<Comment>('Comment', 'post')
  comments!: Relation<Comment>[];
}

/** A post that goes takes its comments along. */
@Entity('comments')
export class Comment extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => Post, {
    nullable: false,
    onDelete: 'CASCADE',
    inverse: (post) => post.comments,
  })
  post!: Post;

  postId!: string;
}

export const BLOG = [Author, Post, Comment];

export type Blog = OpenedSource<RowguardDataSource>;

async function openOn(
  database: ScratchDatabase | undefined,
  options: DatabaseModuleOptions,
): Promise<Blog> {
  Logger.overrideLogger(false);
  const place = database ? { url: database.url } : { embedded: 'memory' };
  const source = createDataSource({ ...place, entities: BLOG, ...options });
  return opened(source, database);
}

export async function openBlog(options: DatabaseModuleOptions = {}): Promise<Blog> {
  return openOn(await ScratchDatabase.create(), options);
}

export function openEmbeddedBlog(options: DatabaseModuleOptions = {}): Promise<Blog> {
  return openOn(undefined, options);
}

export const BLOG_PLACES = [
  ['a server', openBlog],
  ['the embedded engine', openEmbeddedBlog],
] as const;

/** Somebody of one tenant, at work. */
export function asEditor<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.run({ tenantId: ACME, actorId: 'editor', requestId: 'request-1' }, work);
}
