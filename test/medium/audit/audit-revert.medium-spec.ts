import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AuditChange,
  AuditHistory,
  type AuditOperation,
  RevertRefusedError,
  TenantContext,
} from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import {
  ANN,
  LEDGER_PLACES,
  LedgerAccount,
  LedgerGroup,
  type LedgerSource,
  asAnn,
} from '../../support/audit/ledger.js';
import { GLOBEX } from '../../support/shop.js';

describe.each(LEDGER_PLACES)('taking a change back, on %s', (_, open) => {
  let ledger: LedgerSource;
  let history: AuditHistory;

  const accounts = () => ledger.source.getRepository(LedgerAccount);
  const rowOf = (id: string) =>
    asAnn(() => accounts().findOne({ where: { id }, withDeleted: true }));
  const lastOf = async (id: string, op: AuditOperation): Promise<AuditChange<LedgerAccount>> => {
    const { items } = await asAnn(() => history.of(LedgerAccount, id));
    const found = items.find((one) => one.op === op);
    if (!found) throw new Error(`no ${op} in ${items.map((one) => one.op).join()}`);
    return found;
  };
  const revert = (change: AuditChange<LedgerAccount>, force = false) =>
    asAnn(() => history.revert(change, { force }));

  beforeAll(async () => {
    ledger = await open();
    history = new AuditHistory(ledger.source);
  });
  afterAll(() => ledger.close());

  it('gives the columns of an update their old values, as a new change of whoever asks', async () => {
    const { id } = await asAnn(() =>
      accounts().save({
        name: 'old',
        balance: '1.500000',
        points: '9007199254740993',
        tags: ['a'],
      }),
    );
    await asAnn(() =>
      accounts().update({ id }, { name: 'new', balance: '2', points: null, tags: ['b'] }),
    );
    await asAnn(() => accounts().update({ id }, { details: { kept: true } }));

    const change = await lastOf(id, 'update');
    const first = (await asAnn(() => history.of(LedgerAccount, id))).items[1] ?? change;
    await TenantContext.run({ ...ANN, actorId: 'bob' }, () => history.revert(first));

    expect(await rowOf(id)).toMatchObject({
      name: 'old',
      balance: '1.500000',
      points: '9007199254740993',
      tags: ['a'],
      details: { kept: true },
      version: 4,
    });
    expect(await lastOf(id, 'update')).toMatchObject({
      actor: { id: 'bob' },
      changes: { name: { from: 'new', to: 'old' } },
    });
  });

  it('refuses what would overwrite a newer change, unless it is forced', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'one' }));
    await asAnn(() => accounts().update({ id }, { name: 'two' }));
    const change = await lastOf(id, 'update');
    await asAnn(() => accounts().update({ id }, { name: 'three' }));

    await expect(revert(change)).rejects.toThrow(RevertRefusedError);
    expect(await rowOf(id)).toMatchObject({ name: 'three' });
    await revert(change, true);
    expect(await rowOf(id)).toMatchObject({ name: 'one' });
  });

  it('deletes softly what was inserted, unless it was changed since', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'by mistake', secret: 'hush' }));
    await asAnn(() => accounts().update({ id }, { points: '1' }));
    const insert = await lastOf(id, 'insert');

    await expect(revert(insert)).rejects.toMatchObject({ code: 'ROWGUARD_REVERT_REFUSED' });
    await revert(await lastOf(id, 'update'));
    await revert(insert);

    const row = await rowOf(id);
    expect([row?.deletedAt, row?.deletedBy]).toEqual([expect.any(Date), 'ann']);
    expect((await lastOf(id, 'soft_delete')).actor.id).toBe('ann');
  });

  it('brings back what was softly deleted, and takes a restore back', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'back' }));
    await asAnn(() => accounts().softDelete({ id }));

    await revert(await lastOf(id, 'soft_delete'));
    expect((await rowOf(id))?.deletedAt).toBeNull();
    await revert(await lastOf(id, 'restore'));
    expect((await rowOf(id))?.deletedAt).toBeInstanceOf(Date);
  });

  it('inserts again what was deleted, with the same id and values', async () => {
    const before = await asAnn(() =>
      accounts().save({
        name: 'gone',
        balance: '3.250000',
        stamp: Buffer.from([7]),
        details: { deep: { n: 1 } },
      }),
    );
    const whole = await rowOf(before.id);
    await asAnn(() => accounts().delete({ id: before.id }));
    const change = await lastOf(before.id, 'delete');

    await revert(change);

    expect(await rowOf(before.id)).toEqual(whole);
    await expect(revert(change)).rejects.toMatchObject({ code: 'ROWGUARD_UNIQUE_VIOLATION' });
  });

  it('refuses to make up what is masked', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'x', secret: 'one' }));
    await asAnn(() => accounts().update({ id }, { secret: 'two' }));

    await expect(revert(await lastOf(id, 'update'), true)).rejects.toThrow(/secret/);
    await asAnn(() => accounts().delete({ id }));
    await expect(revert(await lastOf(id, 'delete'), true)).rejects.toThrow(/secret/);
  });

  it('is held to the rules of the table as they are now', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'x', points: '5' }));
    await runAsOwner('a test', () =>
      ledger.source.query(
        `alter table accounts drop constraint if exists named, add constraint named check (name <> 'x') not valid`,
      ),
    );
    await asAnn(() => accounts().update({ id }, { name: 'y' }));

    await expect(revert(await lastOf(id, 'update'))).rejects.toMatchObject({
      code: 'ROWGUARD_CHECK_VIOLATION',
    });
    await runAsOwner('a test', () =>
      ledger.source.query('alter table accounts drop constraint named'),
    );
  });

  it('takes nothing back for another tenant, and answers as if there was nothing', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'mine' }));
    const change = await lastOf(id, 'insert');

    await TenantContext.run({ tenantId: GLOBEX, actorId: 'eve' }, async () => {
      await expect(history.revert(change, { force: true })).rejects.toMatchObject({
        code: 'ROWGUARD_ROW_NOT_FOUND',
      });
    });
    expect((await rowOf(id))?.deletedAt).toBeNull();
  });

  it('believes only the log: what the caller says of a change does not count', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'true' }));
    await asAnn(() => accounts().update({ id }, { name: 'also true' }));
    const change = await lastOf(id, 'update');
    const forged = {
      ...change,
      changes: { name: { from: 'forged', to: 'also true' } },
    };

    await revert(forged);

    expect(await rowOf(id)).toMatchObject({ name: 'true' });
  });

  it('takes the membership of a group back, which has no class of its own', async () => {
    const groups = ledger.source.getRepository(LedgerGroup);
    const group = await asAnn(() => groups.save({ name: 'g' }));
    const account = await asAnn(() => accounts().save({ name: 'member', groups: [group] }));
    const members = async () =>
      (
        await asAnn(() =>
          accounts().findOne({ where: { id: account.id }, relations: { groups: true } }),
        )
      )?.groups.length;
    const joinedTo = async (op: AuditOperation) => {
      const { items } = await asAnn(() => history.between({ entity: 'account_groups', op }));
      return items[0] as AuditChange<LedgerAccount>;
    };

    await revert(await joinedTo('insert'));
    expect(await members()).toBe(0);
    await revert(await joinedTo('delete'));
    expect(await members()).toBe(1);
  });

  it('works for system work, which names no tenant', async () => {
    const { id } = await asAnn(() => accounts().save({ name: 'one' }));
    await asAnn(() => accounts().update({ id }, { name: 'two' }));
    const change = await lastOf(id, 'update');

    await TenantContext.runAsSystem('support case 7', () => history.revert(change));

    expect(await rowOf(id)).toMatchObject({ name: 'one' });
    expect((await lastOf(id, 'update')).actor).toMatchObject({
      type: 'system',
      id: 'support case 7',
    });
  });

  it.each([
    ['nothing', undefined],
    ['an id without a time', { id: '1' }],
    ['an id that is none', { id: 'x', at: new Date() }],
  ])('refuses %s', async (_what, change) => {
    await expect(asAnn(() => history.revert(change as never))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });
});
