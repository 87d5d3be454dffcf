import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity } from 'typeorm';
import {
  AttestationError,
  type DatabaseModuleOptions,
  TenantEntity,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { as } from '../../support/shop-source.js';
import { ACME } from '../../support/shop.js';

@Entity({ name: 'drafts' })
class FirstDraft extends TenantEntity {
  @Column({ type: 'text' })
  title!: string;
}

@Entity({ name: 'drafts' })
class DraftWithMore extends TenantEntity {
  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text', nullable: true })
  summary!: string | null;
}

@Entity({ name: 'drafts' })
class DraftWithoutTitle extends TenantEntity {}

describe('entities that have changed since the last start, without migrations', () => {
  let database: ScratchDatabase;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    await startWith(FirstDraft);
  });
  afterEach(() => database.drop());

  it('get the columns that are missing, and keep their rows', async () => {
    await writeTitle('kept');

    await startWith(DraftWithMore);

    expect(await rows()).toMatchObject([{ title: 'kept', summary: null }]);
  });

  it('lose nothing where a change would drop it: the start is refused, and says why', async () => {
    await writeTitle('kept');

    const refused = startWith(DraftWithoutTitle);

    await expect(refused).rejects.toBeInstanceOf(AttestationError);
    await expect(refused).rejects.toThrow(/DROP COLUMN "title"/);
    expect(await rows()).toMatchObject([{ title: 'kept' }]);
  });

  it('drop what is gone where that is approved, with migrate: all', async () => {
    await writeTitle('gone');

    await startWith(DraftWithoutTitle, { migrate: 'all' });

    const [row] = await rows();
    expect(row).toHaveProperty('id');
    expect(row).not.toHaveProperty('title');
  });

  async function startWith(entity: Function, options: DatabaseModuleOptions = {}): Promise<void> {
    const source = createDataSource({ url: database.url, entities: [entity], ...options });
    try {
      await source.initialize();
    } finally {
      if (source.isInitialized) await source.destroy();
    }
  }

  async function writeTitle(title: string): Promise<void> {
    const source = createDataSource({ url: database.url, entities: [FirstDraft] });
    await source.initialize();
    await as(ACME, () => source.manager.insert(FirstDraft, { title }));
    await source.destroy();
  }

  async function rows(): Promise<Record<string, unknown>[]> {
    return database.asOwner(async (client) => (await client.query('select * from drafts')).rows);
  }
});
