import { describe, expect, it } from '@jest/globals';
import { type NewRow, type RowChanges, uuidV7 } from 'nestjs-rowguard';
import {
  type Content,
  type Job,
  type Study,
  type User,
  Membership,
  schema,
} from 'nestjs-rowguard/schema';

type NewContent = NewRow<Content>;

/** Only the compiler can fail these: `npm run typecheck`. */
describe('the types of rows that are to be written', () => {
  it('take ids of references without the rows, and rows without the ids', () => {
    const byId: NewContent = { title: 'A', slug: 'a', contentType: 'video', creatorId: uuidV7() };
    const byRow: NewContent = { title: 'A', slug: 'a', contentType: 'audio', creator: { id: '1' } };
    const loaded: NewContent = { creator: new Membership(), organization: null, mediaItemId: null };

    expect([byId, byRow, loaded]).toHaveLength(3);
  });

  it('take an id of the own', () => {
    const row: NewRow<Study> = { id: uuidV7(), name: 'A', definition: { any: ['json', 1, null] } };

    expect(row.id).toBeDefined();
  });

  it('know the words of a column, and the columns', () => {
    // @ts-expect-error a word that the column does not take
    const wrongWord: NewContent = { contentType: 'hologram' };
    // @ts-expect-error no such column
    const wrongColumn: NewContent = { heading: 'A' };
    // @ts-expect-error money is a string, since a number loses cents
    const wrongMoney: NewContent = { price: 9.5 };

    expect([wrongWord, wrongColumn, wrongMoney]).toHaveLength(3);
  });

  it('take changes as values, as null where the column may be, and as expressions', () => {
    const changes: RowChanges<Study> = {
      name: 'B',
      description: null,
      definition: { any: ['json', 1, null], deeper: { too: true } },
      startedAt: new Date(),
      totalCount: () => 'total_count + 1',
    };
    const job: RowChanges<Job> = { payload: { question: 'why' }, studyId: uuidV7() };
    // @ts-expect-error a name is never null
    const wrong: RowChanges<Study> = { name: null };

    expect([changes, job, wrong]).toHaveLength(3);
  });

  it('belong to the classes of the map as well', () => {
    const user: NewRow<InstanceType<typeof schema.users>> = { name: 'Ann', email: 'a@b.example' };
    const same: NewRow<User> = user;

    expect(same).toBe(user);
  });
});
