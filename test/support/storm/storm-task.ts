import type { EntityManager } from 'typeorm';
import { type RowguardDataSource, TenantRepository } from 'nestjs-rowguard';
import { Customer } from '../shop.js';
import type pg from 'pg';
import { type Ledger, canaryOf } from './ledger.js';

/** What all workers of a storm share. */
export interface Sea {
  readonly source: RowguardDataSource;
  readonly ledger: Ledger;
  /** Past every pool: cancels and kills. */
  readonly admin: pg.Pool;
  readonly leaks: string[];
  /** What really happened of what was meant to: a storm without wind proves nothing. */
  readonly struck: Record<'cancelled' | 'killed' | 'refused', number>;
  readonly random: () => number;
}

export interface Seen {
  readonly tenant_id: string;
  readonly note: string | null;
}

export class Thrown extends Error {}

/** One task of one tenant, and what applications do all day: read, write, and undo. */
export class StormTask {
  protected readonly customers: TenantRepository<Customer>;

  constructor(
    protected readonly sea: Sea,
    readonly tenantId: string,
  ) {
    this.customers = new TenantRepository(Customer, sea.source);
  }

  protected async find(manager?: EntityManager): Promise<void> {
    const repository = manager ? manager.getRepository(Customer) : this.customers;
    const rows = await repository.find({ take: 20 });
    this.check(rows.map((row) => ({ tenant_id: row.tenantId, note: row.note })));
  }

  protected async read(manager: Pick<EntityManager, 'query'> = this.sea.source): Promise<void> {
    const limit = 10 + Math.floor(this.sea.random() * 4);
    this.check(await manager.query<Seen[]>(`select tenant_id, note from customers limit ${limit}`));
    this.check(
      await manager.query<Seen[]>('select tenant_id, note from customers where note <> $1', [
        canaryOf(this.tenantId),
      ]),
    );
  }

  protected check(rows: readonly Seen[]): void {
    const canary = canaryOf(this.tenantId);
    for (const row of rows) {
      if (row.tenant_id === this.tenantId && row.note === canary) continue;
      this.sea.leaks.push(`${this.tenantId} saw a row of ${row.tenant_id} (${row.note})`);
    }
  }

  protected async insert(mark: string): Promise<void> {
    await this.customers.insert({ email: mark, note: canaryOf(this.tenantId) });
  }

  /** A write by itself: kept when it was answered, unknown when it was not. */
  protected async settled(write: (mark: string) => Promise<unknown>): Promise<void> {
    const mark = this.sea.ledger.open(this.tenantId);
    await write(mark);
    this.sea.ledger.settle([mark], 'kept');
  }

  /** Runs a transaction and settles what it wrote by how it ended. */
  protected async inTransaction(work: (marks: string[]) => Promise<unknown>): Promise<void> {
    const marks: string[] = [];
    let worked = false;
    try {
      await this.sea.source.transaction(async () => {
        await work(marks);
        worked = true;
      });
      this.sea.ledger.settle(marks, 'kept');
    } catch (error) {
      if (!worked) this.sea.ledger.settle(marks, 'undone');
      if (!(error instanceof Thrown)) throw error;
    }
  }

  protected async write(marks: string[]): Promise<void> {
    const mark = this.sea.ledger.open(this.tenantId);
    marks.push(mark);
    await this.insert(mark);
  }

  protected transaction(writes: number, end?: 'throw'): Promise<void> {
    return this.inTransaction(async (marks) => {
      for (let at = 0; at < writes; at++) await this.write(marks);
      await this.read();
      if (end === 'throw') throw new Thrown('on purpose');
    });
  }

  protected savepoint(): Promise<void> {
    return this.inTransaction(async (marks) => {
      if (this.sea.random() < 0.5) await this.write(marks);
      const inner: string[] = [];
      await this.sea.source
        .joinTransaction(
          async () => {
            await this.write(inner);
            if (this.sea.random() < 0.5) await this.sea.source.query('select 1/0');
            throw new Thrown('only this part');
          },
          { savepoint: true },
        )
        .catch(() => undefined);
      this.sea.ledger.settle(inner, 'undone');
      await this.read();
      await this.write(marks);
    });
  }

  protected parallel(): Promise<void> {
    return this.inTransaction(async (marks) => {
      await Promise.all([this.write(marks), this.read(), this.find(), this.write(marks)]);
    });
  }

  protected expectCode(error: unknown, code: string): void {
    const given = (error as { code?: string } | undefined)?.code ?? 'nothing';
    if (given === code) this.sea.struck.refused++;
    if (given === code || BROKEN.test(`${given} ${String(error)}`)) return;
    this.sea.leaks.push(`expected ${code}, and there was ${given}: ${String(error)}`);
  }
}

/** Errors of a connection that was cancelled or killed under the work. */
export const BROKEN =
  /57014|57P0|08[0-9]{3}|ECONNRESET|EPIPE|Connection terminated|connection error|not queryable|server conn crashed|terminating connection|closed the connection/;
