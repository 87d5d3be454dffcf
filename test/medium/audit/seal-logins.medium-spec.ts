import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  AuditErasure,
  AuditRetention,
  AuditSeals,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { ensureMonthlyPartitions } from '../../../src/schema/monthly-partitions.js';
import { LEDGER, LedgerAccount, asAnn } from '../../support/audit/ledger.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { sealAll, testKey } from '../../support/sealed-log.js';
import { ACME } from '../../support/shop.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };

/** As in production: nobody is a superuser, and the owner of the tables is another than who uses them. */
describe('seals where the logins can do no more than they need', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    const owner = await database.createLogin('createrole');
    const app = await database.createLogin();
    await database.asOwner(async (client) => {
      await client.query(`alter database ${database.name} owner to ${owner.name}`);
      // A server that has them from another database has not made this login a member.
      for (const role of ['rowguard_app', 'rowguard_system', 'rowguard_audit']) {
        await client.query(`do $$ begin
          if to_regrole('${role}') is not null then grant ${role} to ${owner.name} with admin option; end if;
        end $$`);
      }
    });
    source = createDataSource({ url: app.url, adminUrl: owner.url, entities: LEDGER });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('are made, verified, proven, and hold after an erasure, a retirement and a new epoch', async () => {
    const seals = new AuditSeals(source, KEY);
    const account = await asAnn(() => source.getRepository(LedgerAccount).save({ name: 'plain' }));
    await inMonth('2019-04', 3);
    await sealAll(seals);

    const erasure = new AuditErasure(source);
    const erased = await erasure.erase(
      { entity: LedgerAccount, id: account.id, tenantId: ACME },
      'test',
    );
    const retired = await new AuditRetention(source, KEY).dropOlderThan(24);
    const { epoch } = await seals.newEpoch();
    await asAnn(() => source.getRepository(LedgerAccount).save({ name: 'new' }));
    await sealAll(seals);

    const report = await seals.verify({ publicKeys });
    expect({ erased, retired: retired[0]?.rows, epoch }).toEqual({
      erased: 1,
      retired: 3,
      epoch: 1,
    });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ intact: true, unsealed: 0, retired: 3, erased: 1 });
  });

  async function inMonth(month: string, rows: number): Promise<void> {
    await runAsOwner('test', () =>
      source.transaction(() =>
        ensureMonthlyPartitions((sql, values) => source.query(sql, values), 'audit_logs', [month]),
      ),
    );
    await database.asOwner((client) =>
      client.query(
        `insert into audit_logs (tenant_id, at, actor_type, op)
         select '${ACME}', '${month}-10', 'user', 'read' from generate_series(1, ${rows})`,
      ),
    );
  }
});
