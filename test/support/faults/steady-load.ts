import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError, type RowguardDataSource, TenantRepository } from 'nestjs-rowguard';
import pg from 'pg';
import { as } from '../shop-source.js';
import { Customer } from '../shop.js';
import { tenantNumber } from '../storm/storm.js';

/** Longer than this nothing may take, whatever happens. */
export const HANG_MS = 15_000;
const AFTER_ERROR_MS = 20;

interface Write {
  readonly tenantId: string;
  readonly email: string;
  outcome: 'kept' | 'none' | 'unknown' | 'untyped';
}

export interface LoadReport {
  readonly acknowledged: number;
  readonly reads: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Errors that are none of ours. */
  readonly untyped: readonly string[];
  readonly wrongTenantRows: number;
  readonly lostWrites: number;
  /** Kept, although it was said that they were not. */
  readonly ghostWrites: number;
  readonly hangs: number;
  readonly slowestMs: number;
}

/**
 * Clients that write and read without a pause, each for a tenant: half of the writes alone, half in
 * a transaction. What was acknowledged is compared with what is there in the end.
 */
export class SteadyLoad {
  private readonly writes: Write[] = [];
  private readonly errors: Record<string, number> = {};
  private readonly untyped: string[] = [];
  private readonly clients: Promise<void>[];
  private readonly lastSuccess: number[];
  private isOver = false;
  private reads = 0;
  private wrong = 0;
  private hangs = 0;
  private slowest = 0;

  constructor(
    private readonly source: RowguardDataSource,
    clients: number,
    private readonly tenants = 16,
  ) {
    this.lastSuccess = Array.from({ length: clients }, () => 0);
    this.clients = this.lastSuccess.map((_, nth) => this.client(nth));
  }

  /** Milliseconds until each client has succeeded at something that it began after now. */
  async allServed(): Promise<number> {
    const from = performance.now();
    while (this.lastSuccess.some((at) => at < from)) {
      if (performance.now() - from > HANG_MS) return Infinity;
      await pause(2);
    }
    return performance.now() - from;
  }

  async end(url: string): Promise<LoadReport> {
    this.isOver = true;
    await Promise.race([Promise.all(this.clients), pause(HANG_MS, undefined, { ref: false })]);
    const there = await emailsAt(url);
    const { writes, errors, untyped, reads, hangs } = this;
    const kept = writes.filter(({ outcome }) => outcome === 'kept');
    return {
      acknowledged: kept.length,
      reads,
      errors,
      untyped,
      wrongTenantRows: this.wrong,
      lostWrites: kept.filter(({ tenantId, email }) => there.get(email) !== tenantId).length,
      ghostWrites: writes.filter(({ outcome, email }) => outcome === 'none' && there.has(email))
        .length,
      hangs,
      slowestMs: Math.round(this.slowest),
    };
  }

  private async client(nth: number): Promise<void> {
    const tenantId = tenantNumber(nth % this.tenants);
    for (let turn = 0; !this.isOver; turn++) {
      const from = performance.now();
      const watchdog = setTimeout(() => this.hangs++, HANG_MS);
      const isFine = await as(tenantId, () =>
        turn % 2 === 0 ? this.write(tenantId, turn) : this.read(tenantId),
      );
      clearTimeout(watchdog);
      this.slowest = Math.max(this.slowest, performance.now() - from);
      if (isFine) this.lastSuccess[nth] = from;
      else await pause(AFTER_ERROR_MS);
    }
  }

  private async write(tenantId: string, turn: number): Promise<boolean> {
    const write: Write = { tenantId, email: randomUUID(), outcome: 'untyped' };
    this.writes.push(write);
    const customers = new TenantRepository(Customer, this.source);
    const insert = (): Promise<unknown> => customers.insert({ email: write.email });
    try {
      await (turn % 4 === 0 ? insert() : this.source.transaction(insert));
      write.outcome = 'kept';
      return true;
    } catch (error) {
      write.outcome = this.note(error);
      return false;
    }
  }

  private async read(tenantId: string): Promise<boolean> {
    try {
      const rows = await new TenantRepository(Customer, this.source).find({
        order: { id: 'DESC' },
        take: 20,
      });
      this.reads++;
      this.wrong += rows.filter((row) => row.tenantId !== tenantId).length;
      return true;
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  private note(error: unknown): Write['outcome'] {
    if (!(error instanceof DatabaseError)) {
      this.untyped.push(String(error));
      return 'untyped';
    }
    this.errors[error.code] = (this.errors[error.code] ?? 0) + 1;
    return error.code === 'ROWGUARD_OUTCOME_UNKNOWN' ? 'unknown' : 'none';
  }
}

async function emailsAt(url: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ email: string; tenant: string }>(
      'select email, tenant_id as tenant from customers',
    );
    return new Map(rows.map(({ email, tenant }) => [email, tenant]));
  } finally {
    await client.end();
  }
}
