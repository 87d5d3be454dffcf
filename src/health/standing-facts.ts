import { LateAnswer, goodbye, within } from './probe-connection.js';
import type { TenantClient } from '../connection/tenant-client.js';
import type { TenantPool } from '../connection/tenant-pool.js';
import type { RunSql } from '../schema/sql.js';
import type { MigrationHealth } from './database-health.js';
import { isBusy, onSession } from './embedded-probe.js';
import type { HealthHost } from './health-host.js';

const NAME = 'rowguard-health';
const LONGEST_MS = 10_000;
const AGAIN_MS = 5_000;
const MS_AN_HOUR = 3_600_000;

/** What changes seldom, and takes more than one short statement to find out. */
export interface Standing {
  readonly migrations?: MigrationHealth;
  readonly isolationProblems?: readonly string[];
  /** Null: there is none, or it cannot be told. */
  readonly backupAgeHours?: number | null;
}

/**
 * Looked up in the background, once somebody has asked, and told from memory. Over connections that
 * are opened for it: the probe must not wait behind it, nor the work of the application.
 */
export class StandingFacts {
  private known: Standing = {};
  private running: Promise<void> | undefined;
  private dueAt = 0;
  private readonly closing = new AbortController();
  private readonly open = new Set<TenantClient>();

  constructor(
    private readonly host: HealthHost,
    private readonly noteFailure: (error: unknown) => void,
  ) {}

  get current(): Standing {
    return this.known;
  }

  /** Resolves when what is due was looked up; whoever only wants to start it does not wait. */
  refresh(evenIfNotDue = false): Promise<void> {
    if (this.running) return this.running;
    if (!evenIfNotDue && performance.now() < this.dueAt) return Promise.resolve();
    this.running = this.lookUp()
      .then(
        (isWhole) => (this.dueAt = isWhole ? performance.now() + this.host.options.factsMs : 0),
        (error: unknown) => {
          this.dueAt = performance.now() + Math.min(AGAIN_MS, this.host.options.factsMs);
          if (!this.isClosed) this.noteFailure(error);
        },
      )
      .then(() => (this.running = undefined));
    return this.running;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.cut();
    await this.running;
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Answers whether everything could be looked at. */
  private async lookUp(): Promise<boolean> {
    const [database, backup] = await Promise.allSettled([
      within(this.ofDatabase(), LONGEST_MS),
      // It is the application's: whoever closes must not wait for it.
      within(this.ofBackup(), LONGEST_MS, this.closing.signal),
    ]);
    this.known = {
      ...this.known,
      ...(database.status === 'fulfilled' ? database.value : {}),
      ...(backup.status === 'fulfilled' ? backup.value : { backupAgeHours: null }),
    };
    const failed = [database, backup].find(({ status }) => status === 'rejected');
    if (!failed) return database.status === 'fulfilled' && database.value !== undefined;
    if ((failed as PromiseRejectedResult).reason instanceof LateAnswer) this.cut();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** Undefined while somebody else works on the only session. */
  private ofDatabase(): Promise<Standing | undefined> {
    const { host } = this;
    const { primary } = host;
    const ask = async (application: TenantClient, owner: TenantClient): Promise<Standing> => ({
      migrations: await host.migrations(sqlOf(owner)),
      isolationProblems: await host.isolationProblems(sqlOf(application), sqlOf(owner)),
    });
    if (host.isEmbedded) {
      if (isBusy(primary)) return Promise.resolve(undefined);
      return onSession(primary, (client) => ask(client, client));
    }
    return this.outside(primary, (application) =>
      this.outside(primary.systemSide ?? primary, (owner) => ask(application, owner)),
    );
  }

  private cut(): void {
    for (const client of this.open) client.cut();
  }

  private async outside<T>(
    pool: TenantPool,
    work: (client: TenantClient) => Promise<T>,
  ): Promise<T> {
    if (this.isClosed) throw new Error('the data source was closed');
    const client = pool.outside(NAME);
    client.on('error', () => undefined);
    this.open.add(client);
    try {
      await client.connect();
      return await work(client);
    } finally {
      this.open.delete(client);
      await goodbye(client);
    }
  }

  private async ofBackup(): Promise<Standing> {
    const { backup } = this.host.options;
    if (!backup) return {};
    const at = (await backup.lastAt())?.getTime() ?? Number.NaN;
    if (Number.isNaN(at)) return { backupAgeHours: null };
    return { backupAgeHours: Math.round(((Date.now() - at) / MS_AN_HOUR) * 10) / 10 };
  }
}

function sqlOf(client: TenantClient): RunSql {
  return async <Row>(sql: string, parameters?: unknown[]) =>
    (await client.bare<Row & Record<string, unknown>>(sql, parameters)).rows as Row[];
}
