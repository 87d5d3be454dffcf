import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditErasure, AuditLog, AuditSeals, TenantContext } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import {
  ANN,
  LEDGER_PLACES,
  LedgerAccount,
  type LedgerSource,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { asSystem, sealAll, testKey, writeRows } from '../../support/sealed-log.js';
import { ACME, GLOBEX } from '../../support/shop.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };

describe.each(LEDGER_PLACES)('erasing values in the audit log on %s', (_, open) => {
  let ledger: LedgerSource;
  let seals: AuditSeals;
  let erasure: AuditErasure;

  beforeAll(async () => {
    ledger = await open();
    seals = new AuditSeals(ledger.source, KEY);
    erasure = new AuditErasure(ledger.source);
  });
  afterAll(() => ledger.close());

  const account = (name: string) =>
    asAnn(() => ledger.source.getRepository(LedgerAccount).save({ name }));
  const logsOf = (id: string) =>
    asSystem(() =>
      ledger.source
        .getRepository(AuditLog)
        .find({ where: { tableName: 'accounts' }, order: { id: 'ASC' } }),
    ).then((logs) => logs.filter((log) => log.pk['id'] === id));
  const everything = () =>
    asSystem(() =>
      ledger.source.query<{ text: string }[]>('select a::text as text from audit_logs a'),
    ).then((rows) => rows.map((row) => row.text).join('\n'));

  it('takes away what is remembered of a row, and the seals still hold', async () => {
    const { id } = await account('Mr Forgotten');
    await asAnn(() => ledger.source.getRepository(LedgerAccount).update(id, { name: 'Mr Gone' }));
    await sealAll(seals);

    const erased = await erasure.erase(
      { entity: LedgerAccount, id, tenantId: ACME },
      'his request',
    );
    await sealAll(seals);

    expect(erased).toBe(2);
    expect(await everything()).not.toMatch(/Forgotten|Mr Gone/);
    expect((await logsOf(id)).map((log) => log.diff)).toEqual([null, null]);
    const report = await seals.verify({ publicKeys });
    expect(report.findings).toEqual([]);
    expect(report.intact).toBe(true);
    expect(report.erased).toBeGreaterThanOrEqual(2);
  });

  it('keeps in the log who erased what, when and why', async () => {
    const { id } = await account('noted');
    const ids = (await logsOf(id)).map((log) => log.id);

    await asAnn(() => erasure.erase({ entity: LedgerAccount, id }, 'article 17'));
    const [note] = await asSystem(() =>
      ledger.source
        .getRepository(AuditLog)
        .find({ where: { action: 'audit.erase' }, order: { id: 'DESC' }, take: 1 }),
    );

    expect(note).toMatchObject({
      op: 'note',
      tenantId: ACME,
      actorType: 'system',
      actorId: 'erasure in the audit log: article 17',
      onBehalfOf: 'ann',
      meta: { reason: 'article 17', rows: 1, ids: ids.map(Number) },
    });
  });

  it('takes rows that are not sealed yet; they are sealed afterwards', async () => {
    const { id } = await account('early');
    await erasure.erase({ entity: LedgerAccount, id, tenantId: ACME }, 'test');
    await sealAll(seals);

    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({
      intact: true,
      unsealed: 0,
    });
  });

  it('is told from an erasure that no note speaks of', async () => {
    const { id } = await account('taken away');
    await sealAll(seals);
    const [log] = await logsOf(id);
    const forge = (set: string) =>
      runAsOwner('test', () =>
        ledger.source.transaction(async () => {
          await ledger.source.query('set local session_replication_role = replica');
          await ledger.source.query(`update audit_logs set ${set} where id = $1`, [log?.id]);
        }),
      );
    await forge(
      `diff_hash = sha256(salt || convert_to(diff::text, 'UTF8')), diff = null, salt = null`,
    );

    const report = await seals.verify({ publicKeys });

    expect(report.findings).toMatchObject([{ kind: 'modified', fromId: log?.id }]);
    for (const ids of ['none', [Number(log?.id)], [log?.id, null, {}, 1.5]]) {
      const note = JSON.stringify([{ op: 'note', action: 'audit.erase', meta: { ids } }]);
      await asAnn(() => ledger.source.query('select rowguard_audit_append($1::jsonb)', [note]));
    }
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({ counts: { modified: 1 } });
    // For the other tests: the note that was missing.
    await asSystem(() =>
      ledger.source.query('select rowguard_audit_append($1::jsonb)', [
        JSON.stringify([
          { op: 'note', action: 'audit.erase', meta: { ids: [Number(log?.id)] }, tenantId: ACME },
        ]),
      ]),
    );
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({ intact: true });
  });

  it('takes rows of the log by their ids, once', async () => {
    const { id } = await account('by id');
    const ids = (await logsOf(id)).map((log) => log.id);

    await expect(erasure.erase(ids, 'test')).resolves.toBe(1);
    await expect(erasure.erase(ids, 'test')).resolves.toBe(0);
    await expect(erasure.erase([], 'test')).resolves.toBe(0);
  });

  it('leaves the rows of another tenant, and other rows of the same', async () => {
    const { id } = await account('stays');
    const elsewhere = { entity: LedgerAccount, id, tenantId: GLOBEX };

    await expect(erasure.erase(elsewhere, 'test')).resolves.toBe(0);
    expect((await logsOf(id))[0]?.diff).not.toBeNull();
  });

  it.each<[string, unknown, unknown]>([
    ['no reason', ['1'], ' '],
    ['a reason that is too long', ['1'], 'x'.repeat(501)],
    ['nothing', undefined, 'test'],
    ['an id that is none', ['1; drop'], 'test'],
    ['an entity that is none', { entity: Date, id: '1' }, 'test'],
    ['a row of no tenant', { entity: LedgerAccount, id: ACME }, 'test'],
    ['no key', { entity: LedgerAccount, tenantId: ACME }, 'test'],
    [
      'a key of other columns',
      { entity: LedgerAccount, id: { other: '1' }, tenantId: ACME },
      'test',
    ],
    ['a key that is no uuid', { entity: LedgerAccount, id: 'x', tenantId: ACME }, 'test'],
    ['a tenant that is none', { entity: LedgerAccount, id: ACME, tenantId: 'x' }, 'test'],
  ])('refuses %s', async (_what, target, reason) => {
    await expect(erasure.erase(target as never, reason as string)).rejects.toMatchObject({
      code: expect.stringMatching(/^ROWGUARD_(INPUT_INVALID|CONTEXT_INVALID)$/),
    });
  });

  it('is not for the work of a tenant', async () => {
    const call = `select rowguard_audit_erase('{1}', now(), now(), 'mine')`;

    await expect(asAnn(() => ledger.source.query(call))).rejects.toThrow(/permission denied/);
  });
});

/** Each would be a change of history; only the very first column list may go, and only by the one role. */
const CHANGES = [
  'op = op',
  'diff = null',
  'diff = null, salt = null',
  `diff = null, salt = null, diff_hash = sha256('another')`,
  `diff = null, salt = null, diff_hash = HASH, actor_id = 'x'`,
  `diff = null, salt = null, diff_hash = HASH, at = at + interval '1 second'`,
  `diff = null, salt = null, diff_hash = HASH, pk = '{}'`,
  `diff = null, salt = null, diff_hash = HASH, tx = '1'`,
  `diff = null, salt = null, diff_hash = HASH, id = id + 1000000`,
  `diff = null, salt = null, diff_hash = HASH, meta = '{"a": 1}'`,
  `diff = '{}', salt = null, diff_hash = HASH`,
  `diff = '{}'`,
  'diff_hash = HASH',
].map((one) => one.replace('HASH', `sha256(salt || convert_to(diff::text, 'UTF8'))`));

describe('the log itself', () => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger();
    await writeRows(ledger.source, 1);
  });
  afterAll(() => ledger.close());

  const asRole = (role: string, sql: string) =>
    ledger.database?.asOwner(async (client) => {
      await client.query('begin');
      await client.query(`set local role ${role}`);
      return client.query(sql);
    });

  it.each(CHANGES)('refuses every role to change a row: %s', async (set) => {
    const sql = `update audit_logs set ${set}`;
    const refused = /never changed|permission denied|does not own/;

    await expect(TenantContext.run(ANN, () => ledger.source.query(sql))).rejects.toThrow();
    await expect(asSystem(() => ledger.source.query(sql))).rejects.toThrow(refused);
    await expect(runAsOwner('test', () => ledger.source.query(sql))).rejects.toThrow(refused);
    await expect(asRole('rowguard_audit', sql)).rejects.toThrow(refused);
  });

  it('lets the owner not even erase without the role of the log', async () => {
    const set = `diff = null, salt = null, diff_hash = sha256(salt || convert_to(diff::text, 'UTF8'))`;
    const sql = `update audit_logs set ${set}`;

    await expect(runAsOwner('test', () => ledger.source.query(sql))).rejects.toThrow(
      /never changed/,
    );
    await expect(asSystem(() => ledger.source.query(sql))).rejects.toThrow(/denied|never changed/);
    await expect(asRole('rowguard_audit', sql)).resolves.toMatchObject({ rowCount: 1 });
  });

  it.each(['delete from audit_logs', 'truncate audit_logs', 'truncate audit_logs_default'])(
    'refuses every role: %s',
    async (sql) => {
      for (const role of ['rowguard_audit', 'rowguard_system', 'rowguard_app', 'postgres']) {
        await expect(asRole(role, sql)).rejects.toThrow(/never changed|permission denied/);
      }
    },
  );
});
