import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PinnedTransaction } from '../../connection/pinned/pinned-transaction.js';
import type { TenantClient } from '../../connection/tenant-client.js';
import type { TenantPool } from '../../connection/tenant-pool.js';
import { TestDatabaseError } from '../../errors/test-database.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

/** Keeps what one test writes from the next. */
export interface Isolation {
  begin(): Promise<Isolated>;
}

export interface Isolated {
  /** Runs the test itself; work that it leaves behind is refused later, where that can be told. */
  run<T>(work: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export class NoIsolation implements Isolation {
  constructor(private readonly after: () => Promise<void> = () => Promise.resolve()) {}

  begin(): Promise<Isolated> {
    return Promise.resolve({ run: (work) => work(), end: this.after });
  }
}

/** Everything in one transaction, which is rolled back. */
export class RollbackIsolation implements Isolation {
  private static readonly beginning = new WeakSet<RowguardDataSource>();
  private checkNow: string | undefined;

  constructor(private readonly source: RowguardDataSource) {}

  async begin(): Promise<Isolated> {
    const pin = await this.pin();
    return { run: (work) => pin.run(work), end: () => pin.rollBack() };
  }

  async pin(): Promise<PinnedTransaction> {
    const { beginning } = RollbackIsolation;
    if (this.source.plan.pinned || beginning.has(this.source)) throw alreadyPinned();
    beginning.add(this.source);
    try {
      return await this.begun();
    } finally {
      beginning.delete(this.source);
    }
  }

  private async begun(): Promise<PinnedTransaction> {
    const { plan, databaseOptions } = this.source;
    // Later on the keys would have to be read by the connection that waits for them.
    await plan.signer?.freshen();
    const { client, giveBack } = await poolOf(this.source).takeForPinning();
    try {
      // It is one of the system's, which sign nothing as long as they serve the system alone.
      if (plan.signer?.namesProcess) await client.learnProcess();
      this.checkNow ??= await deferredChecks(client);
    } catch (error) {
      giveBack(error as Error);
      throw error;
    }
    return PinnedTransaction.begin({
      plan,
      client,
      giveBack,
      checkNow: this.checkNow,
      patienceMs: databaseOptions.pool.acquireTimeoutMs,
    });
  }
}

export function poolOf(source: RowguardDataSource): TenantPool {
  return (source.driver as PostgresDriver).master as TenantPool;
}

/** Nothing of a test is ever committed, so that what waits for a COMMIT has to be asked to check. */
async function deferredChecks(client: TenantClient): Promise<string> {
  const { rows } = await client.bare<{ name: string }>(
    `select distinct format('%I.%I', n.nspname, c.conname) as name
     from pg_constraint c join pg_namespace n on n.oid = c.connamespace where c.condeferred`,
  );
  if (rows.length === 0) return '';
  const names = rows.map((row) => row.name).join(', ');
  return `SET CONSTRAINTS ALL IMMEDIATE;SET CONSTRAINTS ${names} DEFERRED`;
}

function alreadyPinned(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'A test is open on this database that is to be rolled back',
    mend: 'End it first; tests of one file run one after the other, and each process has a database of its own',
  });
}
