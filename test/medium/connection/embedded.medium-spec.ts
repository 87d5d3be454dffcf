import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, SHOP } from '../../support/shop.js';

Logger.overrideLogger(false);
// The first start of an engine initialises a database, on a busy machine for many seconds.
jest.setTimeout(60_000);

const IN_USE = { code: 'ROWGUARD_EMBEDDED_ENGINE' };
const SECOND_START_MS = 3_000;

export class CreateVector1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create extension if not exists vector');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop extension vector');
  }
}

describe('the embedded engine', () => {
  let home: string;
  let cacheBefore: string | undefined;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'rowguard-embedded-'));
    cacheBefore = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = join(home, 'cache');
  });
  afterAll(() => {
    if (cacheBefore === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cacheBefore;
    rmSync(home, { recursive: true, force: true });
  });

  const start = async (options: DatabaseModuleOptions): Promise<RowguardDataSource> => {
    const source = createDataSource({ entities: SHOP, ...options });
    await source.initialize();
    return source;
  };
  const withSource = async (
    options: DatabaseModuleOptions,
    work: (source: RowguardDataSource) => Promise<void>,
  ): Promise<void> => {
    const source = await start(options);
    try {
      await work(source);
    } finally {
      await source.destroy();
    }
  };
  const newDirectory = (): string => mkdtempSync(join(home, 'data-'));

  it('starts where nothing is configured, in ./.rowguard', async () => {
    const before = process.cwd();
    const directory = newDirectory();
    process.chdir(directory);
    try {
      await withSource({}, async (source) => {
        await as(ACME, () => new TenantRepository(Customer, source).insert({ email: 'a' }));
        expect(existsSync(join(directory, '.rowguard', 'data', 'PG_VERSION'))).toBe(true);
      });
    } finally {
      process.chdir(before);
    }
  });

  it('keeps its data, and starts a directory for the second time in a moment', async () => {
    const embedded = newDirectory();
    await withSource({ embedded }, async (source) => {
      await as(ACME, () => new TenantRepository(Customer, source).insert({ email: 'kept' }));
    });
    const times: number[] = [];
    for (let again = 0; again < 3; again++) {
      const begun = performance.now();
      await withSource({ embedded }, async (source) => {
        times.push(performance.now() - begun);
        const customers = new TenantRepository(Customer, source);
        expect(await as(ACME, () => customers.countBy({ email: 'kept' }))).toBe(1);
        expect(await as(GLOBEX, () => customers.count())).toBe(0);
      });
    }
    expect(Math.min(...times)).toBeLessThan(SECOND_START_MS);
  });

  it('keeps a template, so that the next new database need not be initialised', async () => {
    await withSource({ embedded: 'memory' }, async () => undefined);
    const cache = join(home, 'cache', 'nestjs-rowguard');
    expect(readdirSync(cache)).toEqual([expect.stringMatching(/^pglite-[\d.]+\.tar$/)]);
    await withSource({ embedded: newDirectory() }, async (source) => {
      expect(await as(ACME, () => new TenantRepository(Customer, source).count())).toBe(0);
    });
  });

  it.each(['memory', 'a directory'])('throws a broken template away, for %s', async (place) => {
    await withSource({ embedded: 'memory' }, async () => undefined);
    const cache = join(home, 'cache', 'nestjs-rowguard');
    writeFileSync(join(cache, readdirSync(cache)[0] as string), 'not a tar file');
    const embedded = place === 'memory' ? place : newDirectory();
    for (let start = 0; start < 2; start++) {
      await withSource({ embedded }, async (source) => {
        expect(await as(ACME, () => new TenantRepository(Customer, source).count())).toBe(0);
      });
    }
  });

  it('explains why nobody gets a connection', async () => {
    await withSource({ embedded: 'memory', pool: { acquireTimeoutMs: 200 } }, async (source) => {
      const runner = source.createQueryRunner();
      await as(ACME, () => runner.query('select 1'));
      const error = await errorOf(() => as(GLOBEX, () => source.query('select 1')));
      expect(error).toMatchObject({ code: 'ROWGUARD_ACQUIRE_TIMEOUT' });
      expect(error.message).toMatch(/single session/);
      await runner.release();
    });
  });

  it('refuses at once what would wait for its own transaction', async () => {
    await withSource({ embedded: 'memory', pool: { acquireTimeoutMs: 9_000 } }, async (source) => {
      const customers = new TenantRepository(Customer, source);
      await as(ACME, () =>
        source.transaction(async () => {
          const begun = performance.now();
          const error = await errorOf(() =>
            TenantContext.runAsSystem('beside it', () => source.query('select 1')),
          );
          expect(error).toMatchObject(IN_USE);
          expect(performance.now() - begun).toBeLessThan(1_000);
          await customers.insert({ email: 'goes on' });
        }),
      );
      expect(await as(ACME, () => customers.count())).toBe(1);
    });
  });

  it('refuses a directory that another data source has open', async () => {
    const embedded = newDirectory();
    await withSource({ embedded }, async () => {
      expect(await errorOf(() => start({ embedded }))).toMatchObject(IN_USE);
    });
  });

  it('refuses a directory that another process has open', async () => {
    const embedded = newDirectory();
    writeFileSync(join(embedded, 'process.pid'), String(process.ppid));
    expect(await errorOf(() => start({ embedded }))).toMatchObject(IN_USE);
  });

  it.each(['a process that is gone', 'our own number from an earlier life', 'no number at all'])(
    'takes over the lock of %s',
    async (whose) => {
      const embedded = newDirectory();
      const pid =
        whose === 'a process that is gone'
          ? String(spawnSync(process.execPath, ['-e', '']).pid)
          : whose === 'no number at all'
            ? ''
            : String(process.pid);
      writeFileSync(join(embedded, 'process.pid'), pid);
      await withSource({ embedded }, async () => undefined);
      expect(existsSync(join(embedded, 'process.pid'))).toBe(false);
    },
  );

  it('has pgvector, for the owner to create', async () => {
    await withSource(
      { embedded: 'memory', entities: [], migrations: [CreateVector1700000000000] },
      async (source) => {
        const rows = await as(ACME, () =>
          source.query(`select '[1,2,3]'::vector <-> '[1,2,4]' as distance`),
        );
        expect(rows).toEqual([{ distance: 1 }]);
      },
    );
  });

  it('gives everything back when it is destroyed, runners and transactions included', async () => {
    const embedded = newDirectory();
    const source = await start({ embedded });
    const runner = source.createQueryRunner();
    await as(ACME, async () => {
      await runner.startTransaction();
      await runner.query('select * from customers');
    });
    await source.destroy();
    expect(source.isInitialized).toBe(false);
    expect(existsSync(join(embedded, 'process.pid'))).toBe(false);
    await source.initialize();
    expect(await as(ACME, () => new TenantRepository(Customer, source).count())).toBe(0);
    await source.destroy();
  });
});
