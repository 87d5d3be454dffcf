import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type BackupCheck,
  type DatabaseModuleOptions,
  type HealthReason,
  type HealthStatus,
  type RowguardDataSource,
  checkHealth,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';
import { type ShopSource, openShop } from '../../support/shop-source.js';

const closing: (() => Promise<unknown>)[] = [];

async function shop(options: DatabaseModuleOptions = {}): Promise<{
  source: RowguardDataSource;
  database: ScratchDatabase;
}> {
  const opened = await openShop(options);
  closing.push(() => opened.close());
  return opened;
}

describe('what changes seldom', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    jest.restoreAllMocks();
  });

  it('is down once a policy is no longer forced, and says why in the log alone', async () => {
    const { source, database } = await shop();
    await expect(checkHealth(source)).resolves.toMatchObject({ isolation: 'held' });
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await database.asOwner((client) =>
      client.query('alter table customers no force row level security'),
    );

    const health = await checkHealth(source, { fresh: true });
    await checkHealth(source, { fresh: true });

    expect(health).toMatchObject({ status: 'down', reasons: ['not-isolated'] });
    expect(JSON.stringify(health)).not.toContain('customers');
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('customers'));
  });

  it('is down once the login of the application may bypass the policies', async () => {
    const database = await ScratchDatabase.create();
    const login = await database.createLogin();
    const source = createDataSource({ url: login.url, adminUrl: database.url, entities: SHOP });
    await source.initialize();
    closing.push(async () => {
      await source.destroy();
      await database.drop();
    });
    await expect(checkHealth(source)).resolves.toMatchObject({ status: 'up', isolation: 'held' });
    await database.asOwner((client) => client.query(`alter role ${login.name} bypassrls`));

    const health = await checkHealth(source, { fresh: true });

    expect(health).toMatchObject({ status: 'down', reasons: ['not-isolated'] });
    expect(JSON.stringify(health)).not.toContain(login.name);
  });

  it('counts migrations that are pending and that failed', async () => {
    const { source, database } = await shop({ schema: ['identity'], entities: [] });
    await expect(checkHealth(source)).resolves.toMatchObject({
      status: 'up',
      migrations: { pending: 0, failed: 0 },
    });
    await database.asOwner(async (client) => {
      await client.query('delete from migrations');
      await client.query(
        "update migrations_meta set status = 'failed' where name = (select min(name) from migrations_meta)",
      );
    });

    const health = await checkHealth(source, { fresh: true });

    expect(health).toMatchObject({
      status: 'degraded',
      reasons: ['migrations-pending', 'migrations-failed'],
    });
    expect(health.migrations).toEqual({ pending: source.migrations.length, failed: 1 });
  });
});

describe('the age of the last backup', () => {
  let opened: ShopSource;
  let lastAt: BackupCheck['lastAt'];

  beforeAll(async () => {
    const backup = { lastAt: () => lastAt(), maxAgeHours: 1 };
    opened = await openShop({ health: { backup } });
  });
  afterAll(() => opened.close());

  it.each<[string, BackupCheck['lastAt'], HealthStatus, HealthReason[]]>([
    ['a fresh backup', () => new Date(), 'up', []],
    ['an old one', () => new Date(Date.now() - 7_200_000), 'degraded', ['backup-old']],
    ['none', () => undefined, 'degraded', ['backup-unknown']],
    ['no date', () => new Date('x'), 'degraded', ['backup-unknown']],
    [
      'a store out of reach',
      () => Promise.reject(new Error('s3.internal.example refused me')),
      'degraded',
      ['backup-unknown'],
    ],
    [
      'a store whose client throws',
      () => {
        throw new Error('s3.internal.example is no address');
      },
      'degraded',
      ['backup-unknown'],
    ],
    ['what is no date at all', () => 'yesterday' as never, 'degraded', ['backup-unknown']],
  ])('is judged with %s', async (_, found, status, reasons): Promise<void> => {
    lastAt = found;

    const health = await checkHealth(opened.source, { fresh: true });

    expect(health).toMatchObject({ status, reasons });
    expect(health.backup).toBeDefined();
    expect(JSON.stringify(health)).not.toContain('s3');
  });
});
