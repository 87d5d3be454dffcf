import { describe, expect, it } from '@jest/globals';
import { SoftDeletePurge, TenantContext } from 'nestjs-rowguard';
import { APPEND_FUNCTION } from '../../../src/audit/audit-functions.js';
import { caught } from '../../support/caught.js';
import {
  LedgerEntry,
  LedgerFolder,
  type LedgerSource,
  openEmbeddedLedger,
  openLedger,
} from '../../support/audit/ledger.js';
import { ACME } from '../../support/shop.js';
import { asSystem, asTenant } from '../../support/soft-delete/archive.js';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

interface Logged {
  readonly op: string;
  readonly actor: string;
  readonly tenant: string;
  readonly text: unknown;
}

function logOf({ source }: LedgerSource, table = 'entries'): Promise<Logged[]> {
  return asSystem(() =>
    source.query<Logged[]>(
      `SELECT op, actor_type || ':' || actor_id AS actor, tenant_id AS tenant, diff->'text' AS text FROM audit_logs WHERE table_name = $1 ORDER BY id`,
      [table],
    ),
  );
}

const ORM = { audit: { capture: 'orm' } } as const;
const CAPTURES = [
  ['triggers, on a server', () => openLedger()],
  ['triggers, on the embedded engine', () => openEmbeddedLedger()],
  ['the application, on a server', () => openLedger(ORM)],
  ['the application, on the embedded engine', () => openEmbeddedLedger(ORM)],
] as const;

describe.each(CAPTURES)('the audit log written by %s', (_, open) => {
  it('tells a purge from a delete, with every value that went', async () => {
    const ledger = await open();
    const { manager } = ledger.source;
    await asTenant(() => manager.insert(LedgerEntry, { text: 'old' }));
    await asTenant(() => manager.update(LedgerEntry, { text: 'old' }, { deletedAt: LONG_AGO }));
    await asTenant(() => manager.insert(LedgerEntry, { text: 'other' }));
    await asTenant(() => manager.delete(LedgerEntry, { text: 'other' }));

    const report = await asSystem(() =>
      new SoftDeletePurge(ledger.source).run({ olderThan: { days: 1 } }),
    );

    const log = await logOf(ledger);
    await ledger.close();
    expect(report.purged).toBe(1);
    expect(log.map((one) => one.op)).toEqual([
      'insert',
      'soft_delete',
      'insert',
      'delete',
      'purge',
    ]);
    expect(log.at(-1)).toEqual({
      op: 'purge',
      actor: 'system:purge of deleted rows',
      tenant: ACME,
      text: ['old', null],
    });
  });

  it('names who asked for the purge of one tenant, and on whose rows', async () => {
    const ledger = await open();
    const { manager } = ledger.source;
    await asTenant(() => manager.insert(LedgerEntry, { text: 'old' }));
    await asTenant(() => manager.update(LedgerEntry, { text: 'old' }, { deletedAt: LONG_AGO }));

    await asTenant(() => new SoftDeletePurge(ledger.source).run({ olderThan: { days: 1 } }));

    const [row] = await asSystem(() =>
      ledger.source.query<{ behalf: string; tenant: string }[]>(
        `SELECT on_behalf_of AS behalf, tenant_id AS tenant FROM audit_logs WHERE op = 'purge'`,
      ),
    );
    await ledger.close();
    expect(row).toEqual({ behalf: 'keeper', tenant: ACME });
  });
});

describe('a delete that calls itself a purge', () => {
  it('is logged as a delete where a tenant sends it past the application', async () => {
    const ledger = await openLedger();
    await asTenant(() => ledger.source.manager.insert(LedgerEntry, { text: 'mine' }));
    await ledger.database?.asOwner(async (client) => {
      await client.query('BEGIN');
      await client.query(
        `SELECT set_config('rowguard.tenant_id', $1, true), set_config('rowguard.actor_id', 'forger', true), set_config('rowguard.trace', '{"work":"purge"}', true)`,
        [ACME],
      );
      await client.query('SET LOCAL ROLE rowguard_app');
      await client.query('DELETE FROM entries');
      await client.query('COMMIT');
    });

    const log = await logOf(ledger);
    await ledger.close();
    expect(log.at(-1)).toMatchObject({ op: 'delete', actor: 'user:forger' });
  });

  it('is refused where a tenant writes that line of the log itself', async () => {
    const ledger = await openLedger(ORM);
    const line = JSON.stringify([
      { op: 'purge', schemaName: 'public', tableName: 'entries', pk: { id: 'x' }, diff: {} },
    ]);

    const error = await caught(
      asTenant(() => ledger.source.query(`SELECT ${APPEND_FUNCTION}($1::jsonb)`, [line])),
    );
    const log = await logOf(ledger);
    await ledger.close();

    expect(String(error)).toMatch(/purge|denied/i);
    expect(log).toEqual([]);
  });

  it('is no delete of other system work', async () => {
    const ledger = await openLedger();
    await asTenant(() => ledger.source.manager.insert(LedgerEntry, { text: 'mine' }));
    await asSystem(() => ledger.source.manager.delete(LedgerEntry, { text: 'mine' }));

    const log = await logOf(ledger);
    await ledger.close();
    expect(log.at(-1)?.op).toBe('delete');
  });
});

describe('a purge of rows whose log the application writes', () => {
  it('takes no more at a time than one statement may change', async () => {
    const ledger = await openLedger({ audit: { capture: 'orm', maxRows: 3 } });
    const { manager } = ledger.source;
    await asTenant(async () => {
      for (let made = 0; made < 8; made++) {
        await manager.insert(LedgerEntry, { text: String(made), deletedAt: LONG_AGO });
      }
    });

    const report = await asSystem(() =>
      new SoftDeletePurge(ledger.source).run({ olderThan: { days: 1 } }),
    );
    const log = await logOf(ledger);
    await ledger.close();

    expect(report.purged).toBe(8);
    expect(log.filter((one) => one.op === 'purge')).toHaveLength(8);
  });

  it('logs each of several rows that refer to each other', async () => {
    const ledger = await openLedger(ORM);
    const { source } = ledger;
    await asTenant(async () => {
      const root = await source.manager.save(LedgerFolder, { name: 'root' });
      const child = await source.manager.save(LedgerFolder, { name: 'child', parent: root });
      await source.manager
        .createQueryBuilder()
        .update(LedgerFolder)
        .set({ parent: child, deletedAt: LONG_AGO })
        .where('id = :id', { id: root.id })
        .execute();
      await source.manager.update(LedgerFolder, { id: child.id }, { deletedAt: LONG_AGO });
    });

    const report = await TenantContext.runAsSystem('purge', () =>
      new SoftDeletePurge(source).run({ olderThan: { days: 1 } }),
    );
    const log = await logOf(ledger, 'folders');
    await ledger.close();

    expect(report.purged).toBe(2);
    expect(log.filter((one) => one.op === 'purge')).toHaveLength(2);
  });
});
