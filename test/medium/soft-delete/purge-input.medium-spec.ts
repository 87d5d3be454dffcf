import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  EntityRefusedError,
  InvalidContextError,
  InvalidInputError,
  SoftDelete,
  SoftDeletePurge,
  createDataSource,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import {
  type Archive,
  Diary,
  Receipt,
  add,
  asSystem,
  idsOf,
  openArchive,
} from '../../support/soft-delete/archive.js';

describe('what is asked of a purge', () => {
  let archive: Archive;

  beforeAll(async () => {
    archive = await openArchive({ softDelete: { keepDays: 7 } });
  });
  afterAll(() => archive.close());

  it.each([
    ['nothing at all', null],
    ['an option that there is not', { olderthan: { days: 1 } }],
    ['days below zero', { olderThan: { days: -1 } }],
    ['half a day', { olderThan: { days: 0.5 } }],
    ['days as text', { olderThan: { days: '30' } }],
    ['more than a hundred years', { olderThan: { days: 36_501 } }],
    ['an age without days', { olderThan: {} }],
    ['an age that is null', { olderThan: null }],
    ['no entities', { entities: [] }],
    ['one entity that is no list', { entities: Diary }],
    ['an entity that is not there', { entities: ['Nobody'] }],
    ['an entity that is never deleted softly', { entities: [Receipt] }],
    ['a batch of nothing', { batch: 0 }],
    ['a batch of everything', { batch: 10_001 }],
    ['no time', { maxSeconds: 0 }],
    ['a signal that is none', { signal: 'stop' }],
    ['progress told to nobody', { onProgress: true }],
    ['a dry run by a word', { dryRun: 'yes' }],
  ])('is refused where it is %s', async (_, options) => {
    const error = await caught(asSystem(() => archive.purge.run(options as never)));

    expect(error).toBeInstanceOf(InvalidInputError);
  });

  it('is refused where the tenant is no UUID', async () => {
    const error = await caught(asSystem(() => archive.purge.run({ tenantId: 'acme' })));

    expect(error).toBeInstanceOf(InvalidContextError);
  });

  it('falls back on the option of the module, which an age that is named replaces', async () => {
    const { source } = archive;
    await add(source, Diary, { text: 'eight days' }, 8);
    const six = await add(source, Diary, { text: 'six days' }, 6);

    await asSystem(() => archive.purge.run());
    const left = await idsOf(source, Diary);
    await asSystem(() => archive.purge.run({ olderThan: { days: 5 } }));

    expect(left).toEqual([six]);
    await expect(idsOf(source, Diary)).resolves.toEqual([]);
  });

  it('is over when its time is', async () => {
    const report = await asSystem(() => archive.purge.run({ signal: AbortSignal.abort() }));

    expect(report).toMatchObject({ finished: false, purged: 0 });
  });
});

describe('@SoftDelete', () => {
  it.each([{ days: -1 }, { days: 1.5 }, { days: '3' }, {}, null])(
    'refuses to keep rows for %j',
    (keep) => {
      expect(() => SoftDelete({ keep: keep as never })(Diary)).toThrow(EntityRefusedError);
    },
  );

  it('asks nothing of the database before the purge is run', () => {
    expect(() => new SoftDeletePurge(createDataSource({ embedded: 'memory' }))).not.toThrow();
  });
});
