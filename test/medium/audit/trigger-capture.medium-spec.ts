import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditActorMissingError, AuditLog, TenantContext } from 'nestjs-rowguard';
import { wholeLog, writeLedger } from '../../support/audit/write-ledger.js';
import { WRITE_PATHS, type Written } from '../../support/audit/write-paths.js';
import {
  LEDGER_PLACES,
  LedgerGroup,
  type LedgerSource,
  Sketch,
  asAnn,
  statementsOf,
} from '../../support/ledger.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe.each(LEDGER_PLACES)('an audited entity, captured by triggers on %s', (_, open) => {
  let ledger: LedgerSource;
  let written: Written;
  let before: bigint;

  const log = () => wholeLog(ledger);
  const told = async () => (await log()).filter((row) => BigInt(row.id) > before);
  const named = (rows: readonly AuditLog[]) =>
    rows.map((row) => `${row.op} ${String(row.tableName)}`).toSorted();

  beforeAll(async () => {
    ledger = await open();
  });
  afterAll(() => ledger.close());

  beforeEach(async () => {
    written = await writeLedger(ledger);
    before = BigInt((await log()).at(-1)?.id ?? 0);
  });

  it.each(WRITE_PATHS)(
    'leaves exactly the rows of what changed: %s',
    async (_name, write, rows) => {
      await asAnn(() => write(written));

      const found = await told();
      expect(named(found)).toEqual(rows.map((row) => row.join(' ')).toSorted());
      expect(
        new Set(found.map((row) => `${row.tenantId} ${row.source} ${row.actorId} ${row.requestId}`))
          .size,
      ).toBeLessThan(2);
    },
  );

  it('holds the old and the new values of the columns that changed, and no others', async () => {
    const { accounts, one } = written;
    const odd = {
      balance: '12345678901.500000',
      points: '9007199254740993',
      details: { a: [1, { b: null }], 'ключ "q"': '\\' },
      stamp: Buffer.from([0, 1, 255]),
      tags: ['a,b', 'c"d', '{}'],
    };
    await asAnn(() => accounts.update(one.id, odd));
    const [row] = await told();

    expect(row).toMatchObject({
      tenantId: ACME,
      actorType: 'user',
      actorId: 'ann',
      requestId: 'request-1',
      source: 'trigger',
      op: 'update',
      schemaName: 'public',
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

  it('never holds a value that is masked, and never a column that is excluded', async () => {
    const { accounts } = written;
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
    const rows = await told();

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
    expect(JSON.stringify(await log())).not.toMatch(/hush|scratch/);
  });

  it('leaves no row for a change of what is ignored or excluded alone', async () => {
    const { source, group } = written;
    const groups = source.getRepository(LedgerGroup);
    await asAnn(() => groups.update(group.id, { seenAt: new Date(), scratch: 'x' }));
    expect(await told()).toEqual([]);

    await asAnn(() => groups.update(group.id, { seenAt: new Date(), scratch: 'y', name: 'x' }));
    expect(Object.keys((await told())[0]?.diff ?? {}).toSorted()).toEqual(
      ['name', 'seen_at', 'updated_at', 'version'].toSorted(),
    );
  });

  it('names who acts: an API key on behalf of somebody, anonymous, or system work', async () => {
    const { accounts } = written;
    const change = () => accounts.insert({ name: 'x' });
    await TenantContext.run(
      { tenantId: ACME, actorId: 'key-1', actorType: 'api_key', onBehalfOf: 'ann', traceId: 't-1' },
      change,
    );
    await TenantContext.run({ tenantId: ACME, actorType: 'anonymous' }, change);
    await TenantContext.runAsSystem(
      'nightly',
      () => accounts.insert({ name: 'x', tenantId: GLOBEX }),
      { actorId: 'cron' },
    );

    expect(
      (await told()).map((row) => [
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

  it('refuses a change by nobody, and leaves everything as it was', async () => {
    const { accounts, one } = written;
    const nobody = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

    await expect(nobody(() => accounts.save({ name: 'x' }))).rejects.toBeInstanceOf(
      AuditActorMissingError,
    );
    await expect(nobody(() => accounts.delete(one.id))).rejects.toMatchObject({
      code: 'ROWGUARD_AUDIT_ACTOR_MISSING',
      message: expect.stringContaining('actorId'),
    });
    await expect(
      nobody(() => accounts.update({ name: 'nobody' }, { name: 'x' })),
    ).resolves.toMatchObject({ affected: 0 });
    expect(await told()).toEqual([]);
    await expect(asAnn(() => accounts.count())).resolves.toBe(2);
  });

  it.each([
    ['of a table that triggers capture', 'accounts'],
    ['of a table that is not there', 'nowhere'],
  ])('takes no change %s from a tenant that tells of one', async (_what, tableName) => {
    const forged = { op: 'delete', schemaName: 'public', tableName, pk: { id: written.one.id } };
    const tell = (row: object) =>
      asAnn(() =>
        ledger.source.query('select rowguard_audit_append($1::jsonb)', [JSON.stringify([row])]),
      );

    await expect(tell(forged)).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
    await expect(
      asAnn(() => ledger.source.query(`insert into audit_logs (op) values ('note')`)),
    ).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
    expect(await told()).toEqual([]);
    await tell({ ...forged, op: 'note', tenantId: GLOBEX });
    expect((await told()).map((row) => [row.op, row.source, row.tenantId])).toEqual([
      ['note', 'manual', ACME],
    ]);
  });

  it('shows another tenant nothing of it', async () => {
    await asAnn(() => written.accounts.update(written.one.id, { name: 'mine' }));

    const seen = await TenantContext.run({ tenantId: GLOBEX }, () =>
      ledger.source.getRepository(AuditLog).find(),
    );
    expect(seen.filter((row) => row.tenantId !== GLOBEX)).toEqual([]);
  });

  it('costs no round trip more than a change that is not audited', async () => {
    const { source } = ledger;
    const plain = await statementsOf(source, () =>
      asAnn(() => source.getRepository(Sketch).save({ text: 'x' })),
    );
    const audited = await statementsOf(source, () =>
      asAnn(() => written.accounts.save({ name: 'x' })),
    );

    expect(plain).not.toEqual([]);
    expect(audited).toHaveLength(plain.length);
  });
});
