import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  LedgerAccount,
  LedgerGroup,
  type LedgerSource,
  Sketch,
  asAnn,
  openOrmLedger,
} from '../../support/audit/ledger.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';

describe('what the audit log that the application writes costs', () => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await openOrmLedger();
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  const sent = (work: () => Promise<unknown>) => textsSentBy(() => asAnn(work));

  it.each([1, 10, 1000])('one statement for a save of %i new rows', async (rows) => {
    const { source } = ledger;
    const texts = Array.from({ length: rows }, (_, at) => `n${at}`);
    const plain = await sent(() =>
      source.getRepository(Sketch).save(texts.map((text) => ({ text }))),
    );
    const audited = await sent(() =>
      source.getRepository(LedgerGroup).save(texts.map((name) => ({ name }))),
    );

    expect(audited).toHaveLength(plain.length + 1);
    expect(await world.told()).toHaveLength(rows);
  });

  it('one statement for a save of many changed rows', async () => {
    const { source } = ledger;
    const groups = source.getRepository(LedgerGroup);
    const sketches = source.getRepository(Sketch);
    const rows = Array.from({ length: 20 }, (_, at) => `n${at}`);
    const [saved, plainly] = await asAnn(async () => [
      await groups.save(rows.map((name) => ({ name }))),
      await sketches.save(rows.map((text) => ({ text }))),
    ]);
    const plain = await sent(() =>
      sketches.save(plainly.map((one) => ({ id: one.id, text: `${one.text}!` }))),
    );
    const audited = await sent(() =>
      groups.save(saved.map((one) => ({ id: one.id, name: `${one.name}!` }))),
    );

    expect(audited).toHaveLength(plain.length + 1);
  });

  it('one statement for a transaction, whatever was changed in it', async () => {
    const { source } = ledger;
    const { accounts, entries, one, entry } = world.written;
    const statements = await sent(() =>
      source.transaction(async () => {
        await accounts.update(one.id, { balance: '1' });
        await source.transaction(() => entries.delete(entry.id));
        await accounts.softDelete(one.id);
        await source.getRepository(Sketch).insert({ text: 'x' });
      }),
    );

    expect(statements.filter((sql) => sql.includes('rowguard_audit_append'))).toHaveLength(1);
    expect(statements.map((sql) => sql.split(' ')[0])).toEqual([
      'START',
      'UPDATE',
      'SAVEPOINT',
      'DELETE',
      'RELEASE',
      'UPDATE',
      'INSERT',
      'select',
      'COMMIT',
    ]);
  });

  it('a transaction for a statement that stands alone', async () => {
    const statements = await sent(() =>
      world.written.accounts.update(world.written.one.id, { balance: '1' }),
    );

    expect(statements.map((sql) => sql.split(' ')[0])).toEqual([
      'START',
      'UPDATE',
      'select',
      'COMMIT',
    ]);
  });

  it('nothing where nothing is audited, or nothing was changed', async () => {
    const { source } = ledger;
    const { accounts } = world.written;
    const nothing = await sent(() =>
      source.transaction(() => accounts.update({ name: 'nobody' }, { balance: '1' })),
    );
    expect(nothing).toHaveLength(3);
    const other = await sent(() => source.getRepository(Sketch).insert({ text: 'x' }));
    expect(other).toHaveLength(1);
    const reading = await sent(() => accounts.find());
    expect(reading).toHaveLength(1);
  });

  it('one statement for every eight megabytes', async () => {
    const { accounts } = world.written;
    const long = 'x'.repeat(3 * 1024 * 1024);
    const statements = await sent(() =>
      accounts.insert(
        ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, details: { long } })) as never,
      ),
    );

    expect(statements.filter((sql) => sql.includes('rowguard_audit_append'))).toHaveLength(3);
    expect((await world.told()).map((row) => row.diff?.['name']?.[1])).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('no text that is not prepared once and for all', async () => {
    const { accounts, one, two } = world.written;
    const first = await sent(() => accounts.update(one.id, { balance: '1' }));
    const second = await sent(() => accounts.update(two.id, { balance: '2' }));

    expect(second).toEqual(first);
    expect(LedgerAccount.name).toBe('LedgerAccount');
  });
});
