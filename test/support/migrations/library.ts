import { Check, Column, Entity, Index } from 'typeorm';
import { TenantEntity, TenantManyToOne, UniqueActive } from 'nestjs-rowguard';

@Entity({ name: 'authors' })
class AuthorBefore extends TenantEntity {
  @Column({ type: 'varchar', length: 40 })
  name!: string;
}

abstract class OldBook extends TenantEntity {
  @Column({ type: 'text', nullable: true })
  blurb!: string | null;

  @Column({ type: 'uuid', nullable: true })
  authorId!: string | null;

  @Column({ type: 'text', nullable: true })
  shelf!: string | null;
}

@Entity({ name: 'books' })
class BookBefore extends OldBook {
  @Index()
  @Column({ type: 'varchar', length: 50 })
  title!: string;

  @Column({ type: 'int', default: 0 })
  pages!: number;
}

@Entity({ name: 'authors' })
class AuthorAfter extends TenantEntity {
  @Column({ type: 'varchar', length: 80 })
  name!: string;
}

@Entity({ name: 'books' })
@Index(['pages'])
@Check('books_pages_positive', '"pages" >= 0')
class BookAfter extends TenantEntity {
  @Index()
  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'bigint', default: 0 })
  pages!: string;

  @Column({ type: 'text' })
  blurb!: string;

  @TenantManyToOne(() => AuthorAfter)
  author!: AuthorAfter | null;

  authorId!: string | null;

  @UniqueActive()
  @Column({ type: 'varchar', length: 20, nullable: true })
  isbn!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  boughtAt!: Date;
}

@Entity({ name: 'loans' })
class Loan extends TenantEntity {
  @TenantManyToOne(() => BookAfter)
  book!: BookAfter | null;

  bookId!: string | null;

  @Index()
  @Column({ type: 'timestamptz' })
  dueAt!: Date;
}

@Entity({ name: 'books' })
class BookNarrowed extends OldBook {
  @Index()
  @Column({ type: 'varchar', length: 10 })
  title!: string;

  @Column({ type: 'text', default: '0' })
  pages!: string;

  @Column({ type: 'text' })
  publisher!: string;
}

/** Nothing of this can be done without losing something, or stopping on the rows that there are. */
export const LIBRARY_NARROWED = [AuthorBefore, BookNarrowed];
export const LIBRARY_BEFORE = [AuthorBefore, BookBefore];
export const LIBRARY_AFTER = [AuthorAfter, BookAfter, Loan];
