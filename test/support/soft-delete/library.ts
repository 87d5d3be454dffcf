import { Logger } from '@nestjs/common';
import { TenantEntity, TenantManyToOne, createDataSource } from 'nestjs-rowguard';
import { Column, Entity, JoinTable, ManyToMany, OneToMany, type Relation } from 'typeorm';
import { opened } from '../opened-source.js';
import { ScratchDatabase } from '../scratch-database.js';
import type { Blog } from './blog.js';

@Entity('writers')
export class Writer extends TenantEntity {
  @Column('text')
  name!: string;

  @OneToMany<Book>('Book', 'writer')
  books!: Relation<Book>[];
}

@Entity('topics')
export class Topic extends TenantEntity {
  @Column('text')
  name!: string;
}

/** Relations that the blog has not: lazy, eager, of many to many, and one that cannot be empty. */
@Entity('books')
export class Book extends TenantEntity {
  @Column('text')
  title!: string;

  @TenantManyToOne(() => Writer, { nullable: true, inverse: (writer) => writer.books })
  writer!: Writer | null;

  writerId!: string | null;

  @TenantManyToOne(() => Writer, { nullable: true, lazy: true })
  editor!: Promise<Writer | null>;

  editorId!: string | null;

  @TenantManyToOne(() => Writer, { nullable: false, eager: true })
  publisher!: Writer;

  publisherId!: string;

  @ManyToMany(() => Topic)
  @JoinTable({ name: 'book_topics' })
  topics!: Topic[];
}

export async function openLibrary(): Promise<Blog> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, entities: [Writer, Topic, Book] });
  return opened(source, database);
}
