import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Audited, TenantEntity, createDataSource } from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import {
  LEDGER,
  LedgerGroup,
  type LedgerSource,
  Sketch,
  asAnn,
  openOrmLedger,
} from '../../support/audit/ledger.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import type { ScratchDatabase } from '../../support/scratch-database.js';

@Audited({ capture: 'trigger' })
@Entity('old')
class TriggeredOld extends TenantEntity {
  @Column('text')
  text!: string;
}

describe('the functions that tell the application of its rows', () => {
  let ledger: LedgerSource;
  let world: LedgerWorld;
  let database: ScratchDatabase;

  beforeAll(async () => {
    ledger = await openOrmLedger();
    world = new LedgerWorld(ledger);
    database = ledger.database as ScratchDatabase;
  });
  afterAll(() => ledger.close());

  const functions = async () => {
    const { rows } = await database.asOwner((client) =>
      client.query<{ name: string }>(
        `select proname as name from pg_proc where starts_with(proname, 'rowguard_audit_row_') order by 1`,
      ),
    );
    return rows.map((row) => row.name);
  };
  const startWith = async (entities: Function[], options: object = {}) => {
    const source = createDataSource({
      url: database.url,
      entities,
      audit: { capture: 'orm' },
      ...options,
    });
    await source.initialize();
    await source.destroy();
  };

  it('are there for each table, and are put right at the next start', async () => {
    const there = await functions();
    expect(there).toContain('rowguard_audit_row_accounts');
    await database.asOwner((client) =>
      client.query('drop function rowguard_audit_row_groups; alter table groups add later text'),
    );
    await startWith(LEDGER, { migrate: 'all' });

    expect(await functions()).toEqual(there);
  });

  it('are left alone by an application that does not know the table', async () => {
    const there = await functions();
    await startWith([Sketch]);

    expect(await functions()).toEqual(there);
    await world.begin();
    await asAnn(() => ledger.source.getRepository(LedgerGroup).insert({ name: 'x' }));
    expect(await world.operations()).toEqual(['insert groups']);
  });

  it('do not keep a table from being dropped, and go with it', async () => {
    await database.asOwner((client) => client.query('drop table old'));
    await startWith([Sketch]);

    expect(await functions()).not.toContain('rowguard_audit_row_old');
    await startWith(LEDGER);
    expect(await functions()).toContain('rowguard_audit_row_old');
  });

  it('make way for triggers once these are asked for', async () => {
    await startWith([TriggeredOld]);

    expect(await functions()).not.toContain('rowguard_audit_row_old');
    await startWith(LEDGER, { migrate: 'all' });
    expect(await functions()).toContain('rowguard_audit_row_old');
  });
});
