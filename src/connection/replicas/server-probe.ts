import type pg from 'pg';
import { TenantClient } from '../tenant-client.js';
import type { TenantClientConfig } from '../tenant-client-config.js';

const PROBE_MS = 2_000;

/** A connection of its own for questions about a server, which wait for nobody's work. */
export class ServerProbe {
  private client: TenantClient | undefined;
  private opening: Promise<TenantClient> | undefined;
  private isClosed = false;

  /** `onLost`: the connection went while nobody was asking. */
  constructor(
    private readonly config: TenantClientConfig,
    private readonly checks: (client: TenantClient) => Promise<void>,
    private readonly onLost: (error: Error) => void,
  ) {}

  async ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row> {
    const client = this.client ?? (await (this.opening ??= this.open()));
    try {
      const { rows } = await client.bare<Row>(sql);
      return rows[0] as Row;
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.opening?.catch(() => undefined);
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async open(): Promise<TenantClient> {
    const client = new TenantClient({
      ...this.config,
      application_name: 'rowguard-replication',
      connectionTimeoutMillis: PROBE_MS,
      query_timeout: PROBE_MS,
    } as TenantClientConfig);
    client.on('error', (error) => {
      if (this.client !== client) return;
      this.client = undefined;
      this.onLost(error);
    });
    try {
      await client.connect();
      (client as unknown as { unref(): void }).unref();
      await this.checks(client);
      this.client = client;
      if (this.isClosed) this.drop(client);
      return client;
    } catch (error) {
      this.drop(client);
      throw error;
    } finally {
      this.opening = undefined;
    }
  }

  private drop(client: TenantClient): void {
    if (this.client === client) this.client = undefined;
    void client.end().catch(() => undefined);
  }
}
