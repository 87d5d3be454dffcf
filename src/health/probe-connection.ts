import type pg from 'pg';
import type { TenantClient } from '../connection/tenant-client.js';

const GOODBYE_MS = 500;

/** The answer did not come in time. */
export class LateAnswer extends Error {}

/**
 * One connection outside of all pools, opened at the first question and kept: it never waits for
 * the work that it reports on. A connection that broke, or was late, is thrown away.
 */
export class ProbeConnection {
  private client: TenantClient | undefined;
  private ready: Promise<unknown> | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly open: () => TenantClient) {}

  /** Rows of one statement that needs no parameters. */
  async ask<Row extends pg.QueryResultRow>(sql: string, withinMs: number): Promise<Row[]> {
    const deadline = performance.now() + withinMs;
    const wasKept = this.client !== undefined;
    try {
      return await this.attempt<Row>(sql, deadline);
    } catch (error) {
      if (!wasKept || this.closing.signal.aborted || error instanceof LateAnswer) throw error;
      // It broke while nobody looked, as after a restart of the server: that tells nothing yet.
      return this.attempt<Row>(sql, deadline);
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    // node-postgres leaves a connection that is ended while it is made without an answer.
    this.closing.abort();
    this.forget(client);
    if (client) await goodbye(client);
  }

  private async attempt<Row extends pg.QueryResultRow>(
    sql: string,
    deadline: number,
  ): Promise<Row[]> {
    const client = this.current();
    const leftMs = Math.max(1, Math.round(deadline - performance.now()));
    try {
      const answer = this.answer<Row>(client, limited(sql, leftMs));
      return await within(answer, leftMs, this.closing.signal);
    } catch (error) {
      this.forget(client);
      client.cut();
      throw error;
    }
  }

  private current(): TenantClient {
    if (this.closing.signal.aborted) throw new Error('the data source was closed');
    if (this.client) return this.client;
    const client = this.open();
    client.on('error', () => this.forget(client));
    client.on('end', () => this.forget(client));
    this.client = client;
    this.ready = client.connect();
    this.ready.catch(() => undefined);
    return client;
  }

  private async answer<Row extends pg.QueryResultRow>(
    client: TenantClient,
    text: string,
  ): Promise<Row[]> {
    await this.ready;
    client.ref();
    const results = (await client.bare(text)) as unknown as pg.QueryResult<Row>[];
    // Alone it is no reason for the process to stay.
    client.unref();
    return results.find(({ command }) => command === 'SELECT')?.rows ?? [];
  }

  private forget(client: TenantClient | undefined): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.ready = undefined;
  }
}

/** A server that hears nothing would be waited for without an end. */
export async function goodbye(client: TenantClient): Promise<void> {
  await within(client.end(), GOODBYE_MS).catch(() => client.cut());
}

/** The limit goes with the statement: a pooler refuses it at the start of a connection. */
function limited(sql: string, ms: number): string {
  return `begin read only; set local statement_timeout = ${ms}; ${sql}; commit`;
}

/** `work` goes on behind it, and what becomes of it then is nobody's business. */
export async function within<T>(work: Promise<T>, ms: number, given?: AbortSignal): Promise<T> {
  let end: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error('it is not waited for any more'));
    const timer = setTimeout(() => reject(new LateAnswer(`no answer within ${ms} ms`)), ms);
    given?.addEventListener('abort', giveUp);
    end = () => {
      clearTimeout(timer);
      given?.removeEventListener('abort', giveUp);
    };
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    end?.();
    work.catch(() => undefined);
  }
}
