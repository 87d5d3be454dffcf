import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLog, TenantContext } from 'nestjs-rowguard';
import { LEDGER_PLACES, LedgerAccount, type LedgerSource, asAnn } from '../../support/ledger.js';

describe.each(LEDGER_PLACES)('an audited entity, captured by triggers on %s', (_, open) => {
  let ledger: LedgerSource;

  const history = (table = 'accounts') =>
    asAnn(() =>
      ledger.source
        .getRepository(AuditLog)
        .find({ where: { tableName: table }, order: { tx: 'ASC', id: 'ASC' } }),
    );

  beforeAll(async () => {
    ledger = await open();
  });
  afterAll(() => ledger.close());

  it('remembers what save() did', async () => {
    const accounts = ledger.source.getRepository(LedgerAccount);
    const account = await asAnn(() => accounts.save({ name: 'one', secret: 'hush', pin: '1234' }));
    await asAnn(() => accounts.save({ id: account.id, name: 'two' }));
    await asAnn(() => accounts.softRemove(account));
    console.log(JSON.stringify(await history(), null, 1));
    expect((await history()).map((one) => one.op)).toEqual(['insert', 'update', 'soft_delete']);
  });
});
