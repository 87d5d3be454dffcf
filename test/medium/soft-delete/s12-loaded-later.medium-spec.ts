import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { type Blog, asEditor } from '../../support/soft-delete/blog.js';
import { Book, Topic, Writer, openLibrary } from '../../support/soft-delete/library.js';
import { textsSentBy } from '../../support/sent-statements.js';

describe('deleted rows behind relations that are loaded on their own', () => {
  let library: Blog;
  let books: TenantRepository<Book>;
  let writers: TenantRepository<Writer>;
  let topics: TenantRepository<Topic>;

  beforeAll(async () => {
    library = await openLibrary();
    books = new TenantRepository(Book, library.source);
    writers = new TenantRepository(Writer, library.source);
    topics = new TenantRepository(Topic, library.source);
  });
  afterAll(() => library.close());

  /** All three people and one of two topics are gone. */
  const newBook = async () => {
    const [writer, editor, publisher] = await writers.save([
      { name: 'Writer' },
      { name: 'Editor' },
      { name: 'Publisher' },
    ]);
    const [kept, gone] = await topics.save([{ name: 'Kept' }, { name: 'Gone' }]);
    if (!writer || !editor || !publisher || !kept || !gone) throw new Error('nothing was saved');
    const book = books.create({ title: 'One', writer, publisher, topics: [kept, gone] });
    book.editor = Promise.resolve(editor);
    const { id } = await books.save(book);
    await writers.softDelete([writer.id, editor.id, publisher.id]);
    await topics.softDelete(gone.id);
    return { id, editor, publisher, kept, gone };
  };
  const topicsOf = async (id: string) =>
    (
      await books.getById(id, {
        relations: { topics: true },
        order: { topics: { name: 'ASC' } },
        deleted: { relations: { topics: 'with' } },
      })
    ).topics.map((one) => one.name);

  it('S12: loads a lazy reference to a deleted row, and saves the row with it', async () => {
    await asEditor(async () => {
      const { id, editor } = await newBook();

      const book = await books.getById(id);
      const loaded = await book.editor;
      await books.save(Object.assign(book, { title: 'Two' }));

      expect(loaded).toMatchObject({ id: editor.id, deletedAt: expect.any(Date) });
      await expect(books.getById(id)).resolves.toMatchObject({ title: 'Two', editorId: editor.id });
    });
  });

  it('S12: loads a lazy reference of a row that is deleted itself', async () => {
    await asEditor(async () => {
      const { id, editor } = await newBook();
      await books.softDelete(id);

      const book = await books.getById(id, { deleted: 'with' });

      await expect(book.editor).resolves.toMatchObject({ id: editor.id });
    });
  });

  it('S12: loads an eager reference to a deleted row', async () => {
    await asEditor(async () => {
      const { id, publisher } = await newBook();

      for (const relationLoadStrategy of ['join', 'query'] as const) {
        const book = await books.getById(id, { relationLoadStrategy });

        expect(book.publisher).toMatchObject({ id: publisher.id, deletedAt: expect.any(Date) });
      }
    });
  });

  it('S12: hides an eager reference that cannot be empty where it is told to, and keeps it', async () => {
    await asEditor(async () => {
      const { id, publisher } = await newBook();

      const book = await books.getById(id, { deleted: { relations: { publisher: 'without' } } });
      await books.save(Object.assign(book, { title: 'Two' }));

      expect(book.publisher).toBeUndefined();
      await expect(books.getById(id)).resolves.toMatchObject({
        title: 'Two',
        publisherId: publisher.id,
      });
    });
  });

  it('S12: loads what a row names by a builder for one relation', async () => {
    await asEditor(async () => {
      const { id, editor } = await newBook();

      const loaded = await books
        .createQueryBuilder()
        .relation(Book, 'editor')
        .of(await books.getById(id))
        .loadOne<Writer>();

      expect(loaded).toMatchObject({ id: editor.id });
    });
  });

  it('S12: keeps a deleted row in a list of many to many that was read without it', async () => {
    await asEditor(async () => {
      const { id, kept } = await newBook();

      const book = await books.getById(id, { relations: { topics: true } });
      await books.save(Object.assign(book, { title: 'Two' }));
      expect(book.topics).toMatchObject([{ id: kept.id }]);
      await expect(topicsOf(id)).resolves.toEqual(['Gone', 'Kept']);

      await books.save(Object.assign(book, { topics: [] }));
      await expect(topicsOf(id)).resolves.toEqual(['Gone']);
    });
  });

  it('S12: takes a deleted row out of a list that was read with it', async () => {
    await asEditor(async () => {
      const { id, gone } = await newBook();
      const read = () =>
        books.getById(id, {
          relations: { topics: true },
          deleted: { relations: { topics: 'with' } },
        });

      const book = await read();
      await books.save(Object.assign(book, { title: 'Two' }));
      await expect(topicsOf(id)).resolves.toEqual(['Gone', 'Kept']);

      const other = await topics.save({ name: 'Other' });
      await books.save(Object.assign(book, { topics: [gone, other] }));
      await expect(topicsOf(id)).resolves.toEqual(['Gone', 'Other']);
    });
  });

  it('S12: writes nothing to the deleted rows of a list that is saved with its owner', async () => {
    await asEditor(async () => {
      const writer = await writers.save({ name: 'Writer' });
      const book = await books.save({ title: 'Gone', writer, publisher: writer });
      await books.softDelete(book.id);
      const loaded = await writers.getById(writer.id, {
        relations: { books: true },
        deleted: { relations: { books: 'with' } },
      });

      const sent = await textsSentBy(() => writers.save(Object.assign(loaded, { name: 'New' })));

      expect(loaded.books).toHaveLength(1);
      expect(sent.filter((sql) => sql.startsWith('UPDATE'))).toEqual([
        expect.stringContaining('"writers"'),
      ]);
    });
  });

  it('S12: removes a row whose lists hold deleted rows', async () => {
    await asEditor(async () => {
      const { id } = await newBook();

      await books.remove(await books.getById(id, { relations: { topics: true } }));

      await expect(books.findById(id)).resolves.toBeNull();
    });
  });
});
