import {
  Column,
  DeleteDateColumn,
  Entity,
  Index,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { type OpenedSource, openPlain } from '../opened-source.js';

/** The blog as TypeORM alone keeps it: what it does with deleted rows is told by tests. */
@Entity('authors')
export class PlainAuthor {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Index({ unique: true })
  @Column('text', { nullable: true })
  handle!: string | null;

  @DeleteDateColumn({ type: 'timestamptz' })
  deletedAt!: Date | null;

  @OneToMany<PlainPost>('PlainPost', 'author')
  posts!: Relation<PlainPost>[];
}

@Entity('posts')
export class PlainPost {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  title!: string;

  @Index({ unique: true })
  @Column('text', { nullable: true })
  slug!: string | null;

  @Column('integer', { default: 0 })
  views!: number;

  @DeleteDateColumn({ type: 'timestamptz' })
  deletedAt!: Date | null;

  @ManyToOne(() => PlainAuthor, (author) => author.posts, { nullable: true })
  author!: PlainAuthor | null;

  @OneToMany<PlainComment>('PlainComment', 'post', {
    cascade: ['insert', 'update', 'soft-remove', 'recover'],
  })
  comments!: Relation<PlainComment>[];
}

@Entity('comments')
export class PlainComment {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  text!: string;

  @DeleteDateColumn({ type: 'timestamptz' })
  deletedAt!: Date | null;

  @ManyToOne(() => PlainPost, (post) => post.comments, { nullable: false, onDelete: 'CASCADE' })
  post!: PlainPost;
}

export type PlainBlog = OpenedSource;

export function openPlainBlog(): Promise<PlainBlog> {
  return openPlain([PlainAuthor, PlainPost, PlainComment]);
}
