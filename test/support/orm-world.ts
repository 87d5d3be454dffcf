import { AuditLog, TenantContext, auditRaw } from 'nestjs-rowguard';
import { type LedgerSource, asAnn } from './ledger.js';
import { OrmAccount, OrmEntry, OrmGroup } from './orm-ledger.js';
import type { OrmWritten } from './orm-paths.js';

const TABLES = ['account_groups', 'entries', 'accounts', 'groups', 'folders', 'drafts'];

/** The rows that a test begins with, and what the log says of everything since. */
export class OrmWorld {
  written!: OrmWritten;
  private before = 0n;

  constructor(readonly ledger: LedgerSource) {}

  async begin(): Promise<void> {
    const { source } = this.ledger;
    await TenantContext.runAsSystem('cleaning', () =>
      auditRaw(source, 'a test begins', async () => {
        for (const table of TABLES) await source.query(`delete from ${table}`);
      }),
    );
    const [accounts, entries, groups] = [
      source.getRepository(OrmAccount),
      source.getRepository(OrmEntry),
      source.getRepository(OrmGroup),
    ];
    this.written = await asAnn(async () => {
      const one = await accounts.save({ name: 'one' });
      const two = await accounts.save({ name: 'two' });
      const entry = await entries.save({ text: 'entry', accountId: one.id });
      const group = await groups.save({ name: 'group' });
      return { source, accounts, entries, one, two, entry, group };
    });
    this.before = BigInt((await this.log()).at(-1)?.id ?? 0);
  }

  log(): Promise<AuditLog[]> {
    return TenantContext.runAsSystem('looking', () =>
      this.ledger.source.getRepository(AuditLog).find({ order: { id: 'ASC' } }),
    );
  }

  async told(): Promise<AuditLog[]> {
    return (await this.log()).filter((row) => BigInt(row.id) > this.before);
  }

  /** In the order in which it was written. */
  async operations(): Promise<string[]> {
    return (await this.told()).map((row) => `${row.op} ${String(row.tableName)}`);
  }
}
