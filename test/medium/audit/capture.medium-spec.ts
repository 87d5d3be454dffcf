import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditActorMissingError, TenantContext } from 'nestjs-rowguard';
import {
  LEDGER_MODES,
  LedgerGroup,
  LedgerHostile,
  LedgerOld,
  type LedgerSource,
  asAnn,
} from '../../support/audit/ledger.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import { writePathsOn } from '../../support/audit/write-paths.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe.each(LEDGER_MODES)('an audited entity, captured by %s on %s', (capture, where, open) => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await open();
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  it.each(writePathsOn(where))('leaves exactly the rows of what changed: %s', async (...path) => {
    const { expected, found } = await world.take(path);

    expect(found).toEqual(expected);
    const about = (await world.told()).map(
      (row) => `${row.source} ${row.actorId} ${row.requestId}`,
    );
    expect(new Set(about).size).toBeLessThan(2);
    expect((await world.told()).filter((row) => row.source !== capture)).toEqual([]);
  });

  it('holds the old and the new values of the columns that changed, and no others', async () => {
    const { accounts, one } = world.written;
    const odd = {
      balance: '12345678901.500000',
      points: '9007199254740993',
      details: { a: [1, { b: null }], 'ключ "q"': '\\' },
      stamp: Buffer.from([0, 1, 255]),
      tags: ['a,b', 'c"d', '{}'],
    };
    await asAnn(() => accounts.update(one.id, odd));
    const [row] = await world.told();

    expect(row).toMatchObject({
      tenantId: ACME,
      actorType: 'user',
      actorId: 'ann',
      requestId: 'request-1',
      source: capture,
      op: 'update',
      schemaName: 'public',
      tableName: 'accounts',
      entity: 'LedgerAccount',
      pk: { id: one.id },
    });
    expect(Object.keys(row?.diff ?? {}).toSorted()).toEqual(
      ['balance', 'details', 'points', 'stamp', 'tags', 'updated_at', 'version'].toSorted(),
    );
    expect(row?.diff).toMatchObject({
      details: [null, odd.details],
      stamp: [null, String.raw`\x0001ff`],
      tags: [null, odd.tags],
    });
    const [exact] = await TenantContext.runAsSystem('looking', () =>
      ledger.source.query<{ points: string; balance: string }[]>(
        `select diff->'points'->>1 as points, diff->'balance'->>1 as balance from audit_logs where id = $1`,
        [row?.id],
      ),
    );
    expect(exact).toEqual({ points: odd.points, balance: odd.balance });
  });

  it('holds every column of a new row, and of one that is gone', async () => {
    const { accounts } = world.written;
    await asAnn(async () => {
      const row = await accounts.save({ name: 'n', points: '1' });
      await accounts.delete(row.id);
    });
    const [born, gone] = await world.told();

    expect(Object.keys(born?.diff ?? {}).toSorted()).toEqual([
      'balance',
      'created_at',
      'id',
      'name',
      'points',
      'tenant_id',
      'updated_at',
      'version',
    ]);
    expect(gone?.diff).toEqual(
      Object.fromEntries(
        Object.entries(born?.diff ?? {}).map(([column, [, value]]) => [column, [value, null]]),
      ),
    );
  });

  it('never holds a value that is masked, and never a column that is excluded', async () => {
    const { accounts } = world.written;
    await asAnn(async () => {
      const row = await accounts.save({
        name: 'n',
        secret: 'hush-1',
        pin: 'hush-2',
        scratch: 'hush-3',
      });
      await accounts.update(row.id, { secret: 'hush-4', pin: null });
      await accounts.delete(row.id);
    });
    const rows = await world.told();

    expect(rows.map((row) => [row.diff?.['secret'], row.diff?.['pin']])).toEqual([
      [
        [null, '[masked]'],
        [null, '[masked]'],
      ],
      [
        ['[masked]', '[masked]'],
        ['[masked]', null],
      ],
      [['[masked]', null], undefined],
    ]);
    expect(JSON.stringify(await world.log())).not.toMatch(/hush|scratch/);
  });

  it('leaves no row for a change of what is ignored or excluded alone', async () => {
    const { source } = ledger;
    const { group } = world.written;
    const groups = source.getRepository(LedgerGroup);
    await asAnn(async () => {
      await groups.update(group.id, { seenAt: new Date(), scratch: 'x' });
      await groups.update(group.id, { seenAt: new Date(), scratch: 'y', name: 'x' });
    });
    const [changed, ...more] = await world.told();

    expect(Object.keys(changed?.diff ?? {}).toSorted()).toEqual([
      'name',
      'seen_at',
      'updated_at',
      'version',
    ]);
    expect(more).toEqual([]);
  });

  it('is not led astray by the names of columns and tables', async () => {
    const hostile = ledger.source.getRepository(LedgerHostile);
    const old = ledger.source.getRepository(LedgerOld);
    await asAnn(async () => {
      const row = await hostile.save({ old: 'a', new: 'b', quoted: 'c', namesake: 'd' });
      await hostile.update(row.id, { old: 'A', new: 'B', quoted: 'C', namesake: 'D' });
      await hostile.softDelete(row.id);
      const other = await old.save({ text: 'a' });
      await old.update(other.id, { text: 'b' });
      await old.delete(other.id);
    });
    const rows = await world.told();

    expect(rows.map((row) => `${row.op} ${String(row.tableName)}`)).toEqual([
      'insert hostile',
      'update hostile',
      'soft_delete hostile',
      'insert old',
      'update old',
      'delete old',
    ]);
    expect(rows[1]?.diff).toMatchObject({
      old: ['a', 'A'],
      new: ['b', 'B'],
      "it's ключ": ['c', 'C'],
      hostile: ['d', 'D'],
    });
    expect(rows[4]?.diff).toMatchObject({ text: ['a', 'b'] });
  });

  it('names who acts: an API key on behalf of somebody, anonymous, or system work', async () => {
    const { accounts } = world.written;
    const change = (name: string) => accounts.insert({ name });
    await TenantContext.run(
      { tenantId: ACME, actorId: 'key-1', actorType: 'api_key', onBehalfOf: 'ann', traceId: 't-1' },
      () => change('a'),
    );
    await TenantContext.run({ tenantId: ACME, actorType: 'anonymous' }, () => change('b'));
    await TenantContext.runAsSystem(
      'nightly',
      () => accounts.insert({ name: 'c', tenantId: GLOBEX }),
      { actorId: 'cron' },
    );

    expect(
      (await world.told()).map((row) => [
        row.tenantId,
        row.actorType,
        row.actorId,
        row.onBehalfOf,
        row.traceId,
      ]),
    ).toEqual([
      [ACME, 'api_key', 'key-1', 'ann', 't-1'],
      [ACME, 'anonymous', null, null, null],
      [GLOBEX, 'system', 'nightly', 'cron', null],
    ]);
  });

  it('names each of several who act in one transaction', async () => {
    const { accounts } = world.written;
    const by = (actorId: string, name: string) =>
      TenantContext.run({ tenantId: ACME, actorId }, () => accounts.insert({ name }));
    await asAnn(() =>
      ledger.source.transaction(async () => {
        await by('bob', 'a');
        await by('eve', 'b');
        await by('bob', 'c');
      }),
    );

    expect((await world.told()).map((row) => [row.actorId, row.diff?.['name']?.[1]])).toEqual([
      ['bob', 'a'],
      ['eve', 'b'],
      ['bob', 'c'],
    ]);
  });

  it('refuses a change by nobody, and leaves everything as it was', async () => {
    const { accounts, two } = world.written;
    const nobody = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

    await expect(nobody(() => accounts.save({ name: 'x' }))).rejects.toBeInstanceOf(
      AuditActorMissingError,
    );
    await expect(nobody(() => accounts.delete(two.id))).rejects.toMatchObject({
      code: 'ROWGUARD_AUDIT_ACTOR_MISSING',
      message: expect.stringContaining('actorId'),
    });
    await expect(
      nobody(() => accounts.update({ name: 'nobody' }, { name: 'x' })),
    ).resolves.toMatchObject({ affected: 0 });
    expect(await world.told()).toEqual([]);
    await expect(asAnn(() => accounts.count())).resolves.toBe(2);
  });

  it('answers what the caller asked for, and nothing of its own', async () => {
    const { accounts, entries, one, two } = world.written;
    await asAnn(async () => {
      const plain = await accounts.update(one.id, { balance: '3' });
      expect(plain).toMatchObject({ raw: [], affected: 1, generatedMaps: [] });

      const asked = await accounts
        .createQueryBuilder()
        .update()
        .set({ balance: '4' })
        .where('id = :id', { id: one.id })
        .returning('name, balance')
        .execute();
      expect(asked.raw).toEqual([{ name: 'one', balance: '4.000000' }]);

      const everything = await accounts
        .createQueryBuilder()
        .update()
        .set({ balance: '5' })
        .where('id = :id', { id: two.id })
        .returning('*')
        .execute();
      expect(Object.keys((everything.raw as object[])[0] ?? {}).toSorted()).toEqual(
        accounts.metadata.columns.map((column) => column.databaseName).toSorted(),
      );

      const inserted = await entries.insert({ text: 'a' });
      expect(Object.keys((inserted.raw as object[])[0] ?? {})).not.toContain('rowguard_change');
      expect(inserted.identifiers).toEqual([{ tenantId: ACME, id: expect.any(String) }]);

      const gone = await entries.delete({ text: 'a' });
      expect(gone).toEqual({ raw: [], affected: 1 });
      const ignored = await accounts
        .createQueryBuilder()
        .insert()
        .values({ id: one.id, name: 'again' })
        .orIgnore()
        .updateEntity(false)
        .execute();
      expect(ignored.raw).toEqual([]);
    });
  });

  it('shows another tenant nothing of it', async () => {
    await asAnn(() => world.written.accounts.update(world.written.one.id, { name: 'mine' }));

    const seen = await TenantContext.run({ tenantId: GLOBEX }, () =>
      ledger.source.query<{ tenant_id: string }[]>('select tenant_id from audit_logs'),
    );
    expect(seen.filter((row) => row.tenant_id !== GLOBEX)).toEqual([]);
  });
});
