import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Audit,
  AuditHistory,
  type DatabaseError,
  TenantContext,
  type RowguardDataSource,
  uuidV7,
} from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { caught } from '../../support/caught.js';
import {
  LEDGER_PLACES,
  LedgerAccount,
  LedgerEntry,
  type LedgerSource,
  Sketch,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { plannedFor } from './planned-statements.js';

const asOwner = (source: RowguardDataSource, sql: string, values: unknown[] = []) =>
  runAsOwner('a test', () => source.query<unknown[]>(sql, values));

describe.each(LEDGER_PLACES)('questions to the audit log, on %s', (_, open) => {
  let ledger: LedgerSource;
  let history: AuditHistory;

  const accounts = () => ledger.source.getRepository(LedgerAccount);
  const rename = (id: string, name: string) => accounts().update({ id }, { name });
  const move = (from: string, to: string) =>
    ledger.source.query('update accounts set id = $1 where id = $2', [to, from]);
  /** A row whose key was changed twice, each key with a name of its own. */
  const moved = () =>
    asAnn(async () => {
      const keys = [uuidV7(), uuidV7(), uuidV7()] as [string, string, string];
      await accounts().insert({ id: keys[0], name: 'a' });
      await rename(keys[0], 'b');
      await move(keys[0], keys[1]);
      await rename(keys[1], 'c');
      await move(keys[1], keys[2]);
      await rename(keys[2], 'd');
      return keys;
    });

  beforeAll(async () => {
    ledger = await open();
    history = new AuditHistory(ledger.source);
  });
  afterAll(() => ledger.close());

  it('follow a row whose key was changed, and page over its keys', async () => {
    const keys = await moved();
    const whole = await asAnn(() => history.of(LedgerAccount, keys[2]));
    const paged: string[] = [];
    let after: string | undefined;
    do {
      const at: string | undefined = after;
      const page = await asAnn(() =>
        history.of(LedgerAccount, keys[2], { limit: 1, ...(at ? { after: at } : {}) }),
      );
      paged.push(...page.items.map((one) => one.id));
      after = page.next;
    } while (after);

    expect(whole.items.map((one) => [one.changes.name?.to, one.changes.id?.to])).toEqual([
      ['d', undefined],
      [undefined, keys[2]],
      ['c', undefined],
      [undefined, keys[1]],
      ['b', undefined],
      ['a', keys[0]],
    ]);
    expect(paged).toEqual(whole.items.map((one) => one.id));
  });

  it('do not take a row for another one that had its key before', async () => {
    const keys = await moved();
    await asAnn(() => accounts().insert({ id: keys[0], name: 'another' }));
    const now = await asAnn(() => history.of(LedgerAccount, keys[2]));
    const first = now.items.at(-1) ?? { id: '', at: new Date() };

    const [row, other] = await asAnn(async () => [
      await history.asOf(LedgerAccount, keys[2], first),
      await history.asOf(LedgerAccount, keys[0], first),
    ]);

    expect([row?.row.name, row?.row.id]).toEqual(['a', keys[0]]);
    expect(other).toBeNull();
  });

  it('keep two rows apart that have exchanged their keys', async () => {
    const [one, two, between] = [uuidV7(), uuidV7(), uuidV7()];
    await asAnn(async () => {
      await accounts().insert([
        { id: one, name: 'first', points: '1' },
        { id: two, name: 'second', points: '2' },
      ]);
    });
    const start = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await asAnn(async () => {
      await rename(one, 'first, renamed');
      await move(one, between);
      await move(two, one);
      await move(between, two);
      await accounts().update({ id: one }, { points: '22' });
    });

    const told = await asAnn(async () => [
      (await history.asOf(LedgerAccount, one, start))?.row,
      (await history.asOf(LedgerAccount, two, start))?.row,
    ]);
    const { items } = await asAnn(() => history.of(LedgerAccount, one));

    expect(told).toMatchObject([
      { id: two, name: 'second', points: '2' },
      { id: one, name: 'first', points: '1' },
    ]);
    expect(items.map((change) => change.op)).toEqual(['update', 'update', 'insert']);
  });

  it('tell a row as it is where nothing was changed since, and as it was under a key it lost', async () => {
    const keys = await moved();
    const { items } = await asAnn(() => history.of(LedgerAccount, keys[2]));
    const [renamed, toSecond] = [items[4], items[3]];
    if (!renamed || !toSecond) throw new Error('six changes were expected');

    await asAnn(async () => {
      const told = await history.asOf(LedgerAccount, keys[2], new Date());
      expect(told?.row).toMatchObject({ name: 'd', id: keys[2] });
      expect((await history.asOf(LedgerAccount, keys[0], renamed))?.row.name).toBe('b');
      expect(await history.asOf(LedgerAccount, keys[0], toSecond)).toBeNull();
    });
  });

  it('tell rows that are older than the log, back to where it begins', async () => {
    const id = uuidV7();
    await asAnn(() => accounts().insert({ id, name: 'not yet audited', points: '7' }));
    await asOwner(ledger.source, 'alter table audit_logs disable trigger user');
    await asOwner(ledger.source, `delete from audit_logs where pk = $1`, [JSON.stringify({ id })]);
    await asOwner(ledger.source, 'alter table audit_logs enable trigger user');
    const before = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await asAnn(() => rename(id, 'audited'));

    const told = await asAnn(() => history.asOf(LedgerAccount, id, before));
    const long = await asAnn(() => history.asOf(LedgerAccount, id, new Date('2001-01-01')));

    expect(told?.row).toMatchObject({ name: 'not yet audited', points: '7' });
    expect(long).toBeNull();
  });

  it('admit that they cannot tell what was erased', async () => {
    const id = uuidV7();
    await asAnn(() => accounts().insert({ id, name: 'personal' }));
    await asAnn(() => rename(id, 'nobody'));
    await asOwner(ledger.source, 'alter table audit_logs disable trigger user');
    await asOwner(ledger.source, 'update audit_logs set diff = null, salt = null where pk = $1', [
      JSON.stringify({ id }),
    ]);
    await asOwner(ledger.source, 'alter table audit_logs enable trigger user');

    const { items } = await asAnn(() => history.of(LedgerAccount, id));
    const [update, insert] = items;
    if (!update || !insert) throw new Error('two changes were expected');

    expect(items.map((one) => [one.op, one.erased, one.changes])).toEqual([
      ['update', true, {}],
      ['insert', true, {}],
    ]);
    await asAnn(async () => {
      await expect(history.asOf(LedgerAccount, id, insert)).rejects.toMatchObject({
        code: 'ROWGUARD_AUDIT_GAP',
      });
      expect((await history.asOf(LedgerAccount, id, update))?.row.name).toBe('nobody');
      await expect(history.revert(update)).rejects.toMatchObject({
        code: 'ROWGUARD_REVERT_REFUSED',
      });
    });
  });

  it('tell what is different between two moments', async () => {
    const id = uuidV7();
    const start = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await asAnn(() => accounts().insert({ id, name: 'a', tags: ['x'], stamp: Buffer.from([1]) }));
    await asAnn(() => rename(id, 'b'));
    await asAnn(() => accounts().update({ id }, { name: 'c', tags: ['x', 'y'] }));
    const { items } = await asAnn(() => history.of(LedgerAccount, id));
    const [newest, , oldest] = items;
    if (!newest || !oldest) throw new Error('three changes were expected');

    await asAnn(async () => {
      expect(await history.diff(LedgerAccount, id, oldest, newest)).toEqual({
        name: { from: 'a', to: 'c' },
        tags: { from: ['x'], to: ['x', 'y'] },
        updatedAt: expect.anything(),
        version: { from: 1, to: 3 },
      });
      expect(await history.diff(LedgerAccount, id, start, newest)).toMatchObject({
        name: { from: null, to: 'c' },
        stamp: { from: null, to: Buffer.from([1]) },
      });
      expect(await history.diff(LedgerAccount, id, start, start)).toEqual({});
    });
  });

  it('show system work the changes of all tenants, and one row if it names the tenant', async () => {
    const id = uuidV7();
    await asAnn(() => accounts().insert({ id, name: 'of acme' }));
    await TenantContext.run({ tenantId: GLOBEX, actorId: 'gus' }, () =>
      accounts().insert({ id, name: 'of globex' }),
    );

    await TenantContext.runAsSystem('a test', async () => {
      expect((await history.of(LedgerAccount, id)).items).toHaveLength(2);
      const own = { tenantId: ACME, id };
      expect((await history.of(LedgerAccount, own)).items).toMatchObject([{ tenantId: ACME }]);
      expect((await history.asOf(LedgerAccount, own, new Date()))?.row.name).toBe('of acme');
      await expect(history.asOf(LedgerAccount, id, new Date())).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    });
  });

  it('are each one statement, and two where a table was emptied since', async () => {
    const id = uuidV7();
    await asAnn(() => accounts().insert({ id, name: 'counted' }));
    const entries = ledger.source.getRepository(LedgerEntry);
    const entry = await asAnn(() => entries.save({ text: 'counted' }));
    const before = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await asOwner(ledger.source, 'truncate entries');
    const count = async (work: () => Promise<unknown>) =>
      (await asAnn(() => textsSentBy(work))).length;

    expect(await count(() => history.of(LedgerAccount, id))).toBe(1);
    expect(await count(() => history.byActor('ann'))).toBe(1);
    expect(await count(() => history.between({ entity: LedgerAccount }))).toBe(1);
    expect(await count(() => history.asOf(LedgerAccount, id, new Date()))).toBe(1);
    expect(await count(() => history.asOf(LedgerEntry, entry.id, before))).toBe(2);
  });

  it.each([
    ['no entity', () => history.of(Date as never, uuidV7())],
    ['an entity that is not audited', () => history.asOf(Sketch, uuidV7(), new Date())],
    ['no key', () => history.of(LedgerAccount, undefined as never)],
    ['a key of null', () => history.of(LedgerAccount, { id: null })],
    ['a key that is no uuid', () => history.of(LedgerAccount, 'x')],
    ['a key of something else', () => history.of(LedgerAccount, { id: uuidV7(), name: 'x' })],
    ['a list of keys', () => history.of(LedgerAccount, [uuidV7()] as never)],
    ['a page of nothing', () => history.of(LedgerAccount, uuidV7(), { limit: 0 })],
    ['a cursor that is none', () => history.of(LedgerAccount, uuidV7(), { after: 'x' })],
    [
      'a cursor of another question',
      async () => {
        const { next = '' } = await history.between({}, { limit: 1 });
        await history.of(LedgerAccount, uuidV7(), { after: next });
      },
    ],
    ['an actor who is nobody', () => history.byActor('')],
    ['a request that is none', () => history.byRequest(7 as never)],
    ['a moment that is none', () => history.between({ from: new Date('x') })],
    [
      'a time that ends before it begins',
      () => history.between({ from: new Date(2), to: new Date(1) }),
    ],
    ['an op that is none', () => history.between({ op: 'drop' as never })],
    ['a word that asks for nothing', () => history.between({ actor: 'ann' } as never)],
    ['no question', () => history.between(null as never)],
    ['a row as of no time', () => history.asOf(LedgerAccount, uuidV7(), new Date('x'))],
    ['a row as of a text', () => history.asOf(LedgerAccount, uuidV7(), '2026-01-01' as never)],
  ])('refuse %s, and say what to do', async (_what, ask) => {
    await asAnn(() => new Audit(ledger.source).note('so that there is something'));

    const error = (await caught(asAnn(ask as () => Promise<unknown>))) as DatabaseError;

    expect(error.code).toBe('ROWGUARD_INPUT_INVALID');
    expect(error.mend).not.toBe('');
  });

  it('refuse a key of another tenant, and work without a tenant', async () => {
    const key = { tenantId: GLOBEX, id: uuidV7() };

    await expect(asAnn(() => history.of(LedgerAccount, key))).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISMATCH',
    });
    await expect(history.of(LedgerAccount, key)).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
    await expect(history.between()).rejects.toMatchObject({ code: 'ROWGUARD_TENANT_MISSING' });
  });
});

describe.each([
  ['the predicate alone', { predicate: true, policies: false }],
  ['row-level security alone', { predicate: false, policies: true }],
])('the audit log behind %s', (_, walls) => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ tenancy: { walls } });
  });
  afterAll(() => ledger.close());

  it('answers each tenant with its own', async () => {
    const history = new AuditHistory(ledger.source);
    const accounts = ledger.source.getRepository(LedgerAccount);
    const id = uuidV7();
    await asAnn(() => accounts.insert({ id, name: 'old' }));
    const before = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await asAnn(() => accounts.update({ id }, { name: 'new' }));
    const change = (await asAnn(() => history.of(LedgerAccount, id))).items[0];
    const ask = async () => ({
      of: (await history.of(LedgerAccount, id)).items.length,
      between: (await history.between()).items.length,
      asOf: (await history.asOf(LedgerAccount, id, before))?.row.name,
    });

    expect(await asAnn(ask)).toEqual({ of: 2, between: 2, asOf: 'old' });
    await TenantContext.run({ tenantId: GLOBEX, actorId: 'eve' }, async () => {
      expect(await ask()).toEqual({ of: 0, between: 0, asOf: undefined });
      await expect(history.revert(change as never)).rejects.toMatchObject({
        code: 'ROWGUARD_ROW_NOT_FOUND',
      });
      await new Audit(ledger.source).note('of globex', {}, { entity: LedgerAccount, id });
    });
    await asAnn(() => history.revert(change as never));
    expect(await asAnn(ask)).toEqual({ of: 3, between: 3, asOf: 'old' });
  });
});

describe('the plans of questions to a long audit log', () => {
  let ledger: LedgerSource;
  let history: AuditHistory;
  const id = uuidV7();

  beforeAll(async () => {
    ledger = await openLedger();
    history = new AuditHistory(ledger.source);
    await asAnn(async () => {
      await ledger.source.query(
        `insert into accounts (id, name) select gen_random_uuid(), 'filler' from generate_series(1, 4000)`,
      );
      await ledger.source.query(`update accounts set name = 'changed'`);
      await ledger.source.getRepository(LedgerAccount).insert({ id, name: 'the one' });
    });
    await asOwner(ledger.source, 'analyze audit_logs');
    await asOwner(ledger.source, 'analyze accounts');
  });
  afterAll(() => ledger.close());

  const month = () => `audit_logs_${new Date().toISOString().slice(0, 7).replace('-', '_')}`;

  it('find a row by the hash of its key, in every part of the statement', async () => {
    const questions = [
      () => history.of(LedgerAccount, id),
      () => history.asOf(LedgerAccount, id, new Date(Date.now() - 60_000)),
    ];
    for (const question of questions) {
      const plan = await asAnn(() => plannedFor(ledger.source, question));
      const reads = plan.filter((node) => node['Relation Name'] === month());

      expect(reads.length).toBeGreaterThan(0);
      for (const read of reads) expect(read['Index Cond']).toMatch(/key_hash/);
    }
  });

  it('read only the months of the time that is asked for', async () => {
    const to = new Date();
    const from = new Date(to.getTime() - 60_000);

    const plan = await asAnn(() => plannedFor(ledger.source, () => history.between({ from, to })));
    const read = plan.flatMap((node) => node['Relation Name'] ?? []);

    expect(read.filter((name) => name.startsWith('audit_logs'))).toEqual([month()]);
  });
});
