import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LEDGER_PLACES, type LedgerSource, Sketch, asAnn } from '../../support/audit/ledger.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe.each(LEDGER_PLACES)('a log that triggers write, on %s,', (_, open) => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await open();
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());

  it.each([
    ['of a table that triggers capture', 'accounts'],
    ['of a table that is not there', 'nowhere'],
  ])('takes no change %s from a tenant that tells of one', async (_what, tableName) => {
    const forged = {
      op: 'delete',
      schemaName: 'public',
      tableName,
      pk: { id: world.written.one.id },
    };
    const tell = (row: object) =>
      asAnn(() =>
        ledger.source.query('select rowguard_audit_append($1::jsonb)', [JSON.stringify([row])]),
      );

    await expect(tell(forged)).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
    await expect(
      asAnn(() => ledger.source.query(`insert into audit_logs (op) values ('note')`)),
    ).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
    expect(await world.told()).toEqual([]);
    await tell({ ...forged, op: 'note', tenantId: GLOBEX });
    expect((await world.told()).map((row) => [row.op, row.source, row.tenantId])).toEqual([
      ['note', 'manual', ACME],
    ]);
  });

  it('costs no round trip more than a change that is not audited', async () => {
    const { source } = ledger;
    const plain = await textsSentBy(() =>
      asAnn(() => source.getRepository(Sketch).save({ text: 'x' })),
    );
    const audited = await textsSentBy(() =>
      asAnn(() => world.written.accounts.save({ name: 'x' })),
    );

    expect(plain).not.toEqual([]);
    expect(audited).toHaveLength(plain.length);
  });
});
