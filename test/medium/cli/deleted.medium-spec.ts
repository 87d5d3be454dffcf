import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { cli } from '../../support/cli-run.js';
import {
  ACME,
  type Archive,
  Customer,
  GLOBEX,
  Line,
  Order,
  add,
  asTenant,
  emptied,
  idsOf,
  openArchive,
} from '../../support/soft-delete/archive.js';

const FILE = join(process.cwd(), 'test/medium/cli/fixtures/archive.data-source.ts');

interface Answer<Data> {
  readonly data: Data;
  readonly exitCode: number;
}
interface Act {
  readonly batch: string;
  readonly tenantId: string;
  readonly by: string | null;
  readonly rows: Record<string, number>;
}

describe('deleted rows on the command line', () => {
  let archive: Archive;

  beforeAll(async () => {
    archive = await openArchive();
    process.env['ARCHIVE_URL'] = archive.database?.url ?? '';
  });
  afterEach(() => emptied(archive));
  afterAll(async () => {
    delete process.env['ARCHIVE_URL'];
    await archive.close();
  });

  const run = (...words: string[]) => cli([...words, '-d', FILE]);
  const json = async <Data>(...words: string[]) =>
    JSON.parse((await run(...words, '--json')).stdout) as Answer<Data>;
  const acts = (...words: string[]) =>
    json<{ acts: Act[]; next: string | null }>('deleted:list', ...words);

  async function order(tenantId: string = ACME): Promise<{ id: string; batch: string }> {
    const id = await add(archive.source, Order, { number: '1', tenantId });
    await add(archive.source, Line, { text: 'first', orderId: id, tenantId });
    await add(archive.source, Line, { text: 'second', orderId: id, tenantId });
    await TenantContext.run({ tenantId, actorId: 'anna' }, () =>
      archive.source.getRepository(Order).softDelete(id),
    );
    const { data } = await acts('--limit', '1', '--tenant', tenantId);
    return { id, batch: data.acts[0]?.batch ?? '' };
  }

  it('are listed act by act, with who deleted how many of what', async () => {
    const { batch } = await order();

    const { stdout } = await run('deleted:list');
    const { data } = await acts('--batch', batch);

    expect(stdout).toContain(batch);
    expect(data.acts).toEqual([
      expect.objectContaining({ batch, tenantId: ACME, by: 'anna', rows: { Order: 1, Line: 2 } }),
    ]);
  });

  it('are listed page by page, the newest first, and of one tenant or entity if asked', async () => {
    const first = await order();
    const second = await order();
    const foreign = await order(GLOBEX);

    const page = await acts('--limit', '2');
    const rest = await acts('--limit', '2', '--after', page.data.next ?? '');
    const own = await acts('--tenant', ACME);
    const none = await acts('--entity', 'Customer');

    expect([...page.data.acts, ...rest.data.acts].map((one) => one.batch)).toEqual(
      [foreign, second, first].map((one) => one.batch),
    );
    expect(rest.data.next).toBeNull();
    expect(own.data.acts).toHaveLength(2);
    expect(none.data.acts).toEqual([]);
  });

  it.each(['act', 'row'])('are brought back by their %s', async (what) => {
    const { id, batch } = await order();
    const named = what === 'act' ? ['--batch', batch] : ['--entity', 'Order', '--id', id];

    const { data } = await json<{ restored: object }>(
      'deleted:restore',
      ...named,
      '--tenant',
      ACME,
    );

    expect(data.restored).toEqual({ Order: 1, Line: 2 });
    await expect(asTenant(() => archive.source.manager.count(Line))).resolves.toBe(2);
  });

  it('are not purged without --yes, and a dry run says what would go', async () => {
    await add(archive.source, Customer, { name: 'old' }, 40);

    const blocked = await run('deleted:purge');
    const dry = await run('deleted:purge', '--dry-run');
    const left = await idsOf(archive.source, Customer);
    const done = await json<{ purged: number }>('deleted:purge', '--yes');

    expect(blocked.exitCode).toBe(ExitCode.Blocked);
    expect(blocked.stderr).toContain('--yes');
    expect(dry.stdout).toContain('Customer (kept for 30 days):  1 would go');
    expect(left).toHaveLength(1);
    expect(done).toMatchObject({ exitCode: 0, data: { purged: 1 } });
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([]);
  });

  it('are purged of one entity, one tenant and an age', async () => {
    await add(archive.source, Customer, { name: 'mine' }, 50);
    await add(archive.source, Customer, { name: 'theirs', tenantId: GLOBEX }, 50);
    const purge = (...words: string[]) =>
      json<{ purged: number }>('deleted:purge', '--yes', ...words);

    const counts = [
      await purge('--entity', 'Order'),
      await purge('--older-than', '60d'),
      await purge('--tenant', GLOBEX, '--entity', 'Customer'),
      await purge('--older-than', '45d'),
    ].map((one) => one.data.purged);

    expect(counts).toEqual([0, 0, 1, 1]);
  });

  it.each([
    ['deleted:list', '--limit', 'many'],
    ['deleted:list', '--batch', 'last'],
    ['deleted:list', '--tenant', 'acme'],
    ['deleted:list', '--entity', 'Customers'],
    ['deleted:restore'],
    ['deleted:restore', '--entity', 'Order'],
    ['deleted:restore', '--batch', ACME, '--entity', 'Order', '--id', ACME],
    ['deleted:restore', '--batch', 'last'],
    ['deleted:purge', '--yes', '--older-than', '30'],
    ['deleted:purge', '--yes', '--entity', 'Nobody'],
  ])('are left alone by a line that says nothing: %s %s %s', async (...words) => {
    const { exitCode, stderr } = await run(...words);

    expect(exitCode).toBe(ExitCode.Usage);
    expect(stderr).toContain('what to do');
  });

  it.each(['deleted:list', 'deleted:restore', 'deleted:purge'])('have a help: %s', async (name) => {
    const { exitCode, stdout } = await run(name, '--help');

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`rowguard ${name}`);
    expect(stdout).toContain('--tenant');
  });
});
