import { AsyncLocalStorage } from 'node:async_hooks';
import { AuditLog, type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import { MoreThan } from 'typeorm';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { LedgerAccount, LedgerEntry, LedgerGroup, type LedgerSource, asAnn } from './ledger.js';
import { differences } from './replay.js';
import { type WritePath, type Written, refusalIn } from './write-path.js';

/** Those that refer to others first. */
const TABLES = ['account_groups', 'entries', 'accounts', 'groups', 'folders', 'drafts', 'rates'];

/** The rows that a test begins with, and what the log says of everything since. */
export class LedgerWorld {
  written!: Written;
  private before = '0';

  constructor(readonly ledger: LedgerSource) {}

  async begin(): Promise<void> {
    const { source, startWith } = this.ledger;
    const outside = AsyncLocalStorage.snapshot();
    const [accounts, entries, groups] = [
      source.getRepository(LedgerAccount),
      source.getRepository(LedgerEntry),
      source.getRepository(LedgerGroup),
    ];
    await TenantContext.runAsSystem('cleaning', () =>
      source.transaction(async () => {
        for (const table of TABLES)
          await source.createQueryBuilder().delete().from(table).execute();
      }),
    );
    this.written = await asAnn(async () => {
      const one = await accounts.save({ name: 'one' });
      const two = await accounts.save({ name: 'two' });
      const entry = await entries.save({ text: 'entry', accountId: one.id });
      const group = await groups.save({ name: 'group' });
      return {
        source,
        accounts,
        entries,
        one,
        two,
        entry,
        group,
        startWith: (entities) => outside(() => startWith(entities)),
        asOwner: (work) => outside(() => runAsOwner('a test', work)),
      };
    });
    this.before = await newestIn(source);
  }

  log(): Promise<AuditLog[]> {
    return wholeLog(this.ledger);
  }

  told(): Promise<AuditLog[]> {
    return logSince(this.ledger, this.before);
  }

  /** In the order in which it was written. */
  async operations(): Promise<string[]> {
    return (await this.told()).map((row) => `${row.op} ${String(row.tableName)}`);
  }

  /** What has to come of a way to write, and what came of it, for whoever writes the log here. */
  async take(
    path: WritePath,
    within = (work: () => Promise<unknown>) => work(),
  ): Promise<{ readonly expected: string[]; readonly found: string[] }> {
    const expected = this.expectedOf(path);
    const refusal = await asAnn(() => within(() => path[1](this.written))).then(
      () => undefined,
      refusalIn,
    );
    const told = (await this.operations()).toSorted();
    const found = refusal ? [refusal, ...told, ...(await this.missing())] : told;
    return { expected, found };
  }

  /** Rows that differ from what the log alone says of them. */
  missing(): Promise<string[]> {
    return differences(this.ledger.source);
  }

  private expectedOf([, , byTrigger, byOrm, byOrmWithoutOld]: WritePath): string[] {
    const { changes } = this.ledger.source;
    const isBlind = changes?.returnsOld === false && byOrmWithoutOld;
    const outcome = isBlind || (changes ? byOrm : byTrigger);
    if (typeof outcome === 'function') return [outcome.name];
    return outcome.map((row) => row.join(' ')).toSorted();
  }
}

/** The whole log in its order, past the walls. */
export function wholeLog(ledger: Pick<LedgerSource, 'source'>): Promise<AuditLog[]> {
  return logSince(ledger, '0');
}

function logSince({ source }: Pick<LedgerSource, 'source'>, id: string): Promise<AuditLog[]> {
  return TenantContext.runAsSystem('looking', () =>
    source.getRepository(AuditLog).find({ where: { id: MoreThan(id) }, order: { id: 'ASC' } }),
  );
}

function newestIn(source: RowguardDataSource): Promise<string> {
  return TenantContext.runAsSystem('looking', async () => {
    const [newest] = await source
      .getRepository(AuditLog)
      .find({ select: { id: true, at: true }, order: { id: 'DESC' }, take: 1 });
    return newest?.id ?? '0';
  });
}
