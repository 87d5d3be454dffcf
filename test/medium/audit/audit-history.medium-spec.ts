import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditHistory, TenantContext } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import {
  ANN,
  LEDGER_PLACES,
  LedgerAccount,
  LedgerEntry,
  LedgerGroup,
  type LedgerSource,
  asAnn,
} from '../../support/audit/ledger.js';
import { GLOBEX } from '../../support/shop.js';

describe.each(LEDGER_PLACES)('the history of an audited row, on %s', (_, open) => {
  let ledger: LedgerSource;
  let history: AuditHistory;

  const accounts = () => ledger.source.getRepository(LedgerAccount);
  const historyOf = (id: string) => asAnn(() => history.of(LedgerAccount, id));

  beforeAll(async () => {
    ledger = await open();
    history = new AuditHistory(ledger.source);
  });
  afterAll(() => ledger.close());

  it('tells what happened to it, newest first, by property and with the types of the entity', async () => {
    const made = await asAnn(() =>
      accounts().save({
        name: 'first',
        balance: '12345678901.000001',
        points: '9007199254740993',
        stamp: Buffer.from([1, 2]),
        tags: ['a', 'b'],
        details: { n: 1, list: ['x'] },
        secret: 'hush',
      }),
    );
    await asAnn(() => accounts().update({ id: made.id }, { name: 'second', points: null }));
    await asAnn(() => accounts().softDelete({ id: made.id }));

    const { items, next } = await historyOf(made.id);

    expect(next).toBeUndefined();
    expect(items.map((one) => one.op)).toEqual(['soft_delete', 'update', 'insert']);
    expect(items[1]).toMatchObject({
      source: 'trigger',
      actor: { type: 'user', id: 'ann', onBehalfOf: null },
      requestId: 'request-1',
      entity: 'LedgerAccount',
      key: { id: made.id },
      changes: {
        name: { from: 'first', to: 'second' },
        points: { from: '9007199254740993', to: null },
      },
      masked: [],
    });
    expect(items[2]).toMatchObject({
      changes: {
        balance: { from: null, to: '12345678901.000001' },
        stamp: { from: null, to: Buffer.from([1, 2]) },
        tags: { from: null, to: ['a', 'b'] },
        details: { from: null, to: { n: 1, list: ['x'] } },
        createdAt: { from: null, to: made.createdAt },
        version: { from: null, to: 1 },
      },
      masked: ['secret'],
    });
  });

  it('shows another tenant nothing of it, by any question', async () => {
    const made = await asAnn(() => accounts().save({ name: 'private' }));

    await TenantContext.run({ tenantId: GLOBEX, actorId: 'eve' }, async () => {
      expect((await history.of(LedgerAccount, made.id)).items).toEqual([]);
      expect((await history.byActor('ann')).items).toEqual([]);
      expect((await history.byRequest(ANN.requestId)).items).toEqual([]);
      expect((await history.between()).items).toEqual([]);
      expect(await history.asOf(LedgerAccount, made.id, new Date())).toBeNull();
    });
  });

  it('tells how it was at each of its changes', async () => {
    const made = await asAnn(() => accounts().save({ name: 'one', points: '1' }));
    await asAnn(() => accounts().update({ id: made.id }, { name: 'two' }));
    await asAnn(() => accounts().update({ id: made.id }, { points: null }));
    await asAnn(() => accounts().softDelete({ id: made.id }));
    await asAnn(() => accounts().delete({ id: made.id }));
    const { items } = await historyOf(made.id);

    const told = await asAnn(() =>
      Promise.all(items.map((one) => history.asOf(LedgerAccount, made.id, one))),
    );

    expect(told.map((one) => one && [one.row.name, one.row.points, !!one.row.deletedAt])).toEqual([
      null,
      ['two', null, true],
      ['two', null, false],
      ['two', '1', false],
      ['one', '1', false],
    ]);
    expect(told[1]?.row).toBeInstanceOf(LedgerAccount);
    expect(told[1]?.hidden).toEqual(expect.arrayContaining(['secret', 'pin', 'scratch']));
    expect(told[1]?.uncertain).toEqual([]);
    expect(
      await asAnn(() =>
        history.asOf(LedgerAccount, made.id, new Date(made.createdAt.getTime() - 5)),
      ),
    ).toBeNull();
  });

  it('names what may have been different, where changes of it alone leave no trace', async () => {
    const groups = ledger.source.getRepository(LedgerGroup);
    const { id } = await asAnn(() => groups.save({ name: 'g' }));
    await asAnn(() => groups.update({ id }, { seenAt: new Date() }));

    const told = await asAnn(() => history.asOf(LedgerGroup, id, new Date()));

    expect(told?.uncertain).toEqual(['seenAt', 'updatedAt', 'version']);
    expect((await asAnn(() => history.of(LedgerGroup, id))).items).toHaveLength(1);
  });

  it('tells of rows that a truncate took, and of nothing after', async () => {
    const made = await asAnn(() =>
      ledger.source.getRepository(LedgerEntry).save({ text: 'kept in the log' }),
    );
    await runAsOwner('a test', () => ledger.source.query('truncate entries'));

    const { items } = await asAnn(() => history.of(LedgerEntry, made.id));
    const told = await asAnn(() =>
      Promise.all(items.map((one) => history.asOf(LedgerEntry, made.id, one))),
    );

    expect(items.map((one) => one.op)).toEqual(['truncate', 'insert']);
    expect(told.map((one) => one?.row.text)).toEqual([undefined, 'kept in the log']);
  });
});
