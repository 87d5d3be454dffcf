import type { EntityManager } from 'typeorm';
import { type RowguardDataSource, TenantContext, TenantRepository } from 'nestjs-rowguard';
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

interface Seen {
  readonly tenant_id: string;
  readonly note: string | null;
}

class Thrown extends Error {}

/** One task of one tenant: does what applications do, and what they should not. */
export class StormWorker {
  private readonly customers: TenantRepository<Customer>;

  constructor(
    private readonly sea: Sea,
    readonly tenantId: string,
    private readonly foreignId: string,
  ) {
    this.customers = new TenantRepository(Customer, sea.source);
  }

  readonly acts: Readonly<Record<string, () => Promise<unknown>>> = {
    find: () => this.find(),
    read: () => this.read(),
    'parallel reads': () => Promise.all([this.read(), this.find(), this.read()]),
    insert: () => this.settled((mark) => this.insert(mark)),
    commit: () => this.transaction(2),
    throw: () => this.transaction(2, 'throw'),
    savepoint: () => this.savepoint(),
    'parallel in a transaction': () => this.parallel(),
    cancel: () => this.cancel(),
    kill: () => this.kill(),
    unawaited: () => this.unawaited('insert'),
    'unawaited save': () => this.unawaited('save'),
    overtaken: () => this.overtaken(),
    'released runner': () => this.releasedRunner(),
    'as system': () => this.asSystem(),
    'as system in a transaction': () => this.sea.source.transaction(() => this.asSystem()),
    'switch of context': () => this.switchContext(),
    'switch in a transaction': () => this.switchInTransaction(),
    'left open': () => this.leftOpen(),
    stream: () => this.stream(Infinity),
    'half a stream': () => this.stream(3),
  };

  run(act: string): Promise<unknown> {
    return TenantContext.run({ tenantId: this.tenantId, requestId: act }, async () =>
      this.acts[act]?.(),
    );
  }

  private async find(manager?: EntityManager): Promise<void> {
    const repository = manager ? manager.getRepository(Customer) : this.customers;
    const rows = await repository.find({ take: 20 });
    this.check(rows.map((row) => ({ tenant_id: row.tenantId, note: row.note })));
  }

  private async read(manager: Pick<EntityManager, 'query'> = this.sea.source): Promise<void> {
    const limit = 10 + Math.floor(this.sea.random() * 4);
    this.check(await manager.query<Seen[]>(`select tenant_id, note from customers limit ${limit}`));
    this.check(
      await manager.query<Seen[]>('select tenant_id, note from customers where note <> $1', [
        canaryOf(this.tenantId),
      ]),
    );
  }

  private check(rows: readonly Seen[]): void {
    const canary = canaryOf(this.tenantId);
    for (const row of rows) {
      if (row.tenant_id === this.tenantId && row.note === canary) continue;
      this.sea.leaks.push(`${this.tenantId} saw a row of ${row.tenant_id} (${row.note})`);
    }
  }

  private async insert(mark: string): Promise<void> {
    await this.customers.insert({ email: mark, note: canaryOf(this.tenantId) });
  }

  /** A write by itself: kept when it was answered, unknown when it was not. */
  private async settled(write: (mark: string) => Promise<unknown>): Promise<void> {
    const mark = this.sea.ledger.open(this.tenantId);
    await write(mark);
    this.sea.ledger.settle([mark], 'kept');
  }

  /** Runs a transaction and settles what it wrote by how it ended. */
  private async inTransaction(work: (marks: string[]) => Promise<unknown>): Promise<void> {
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

  private async write(marks: string[]): Promise<void> {
    const mark = this.sea.ledger.open(this.tenantId);
    marks.push(mark);
    await this.insert(mark);
  }

  private transaction(writes: number, end?: 'throw'): Promise<void> {
    return this.inTransaction(async (marks) => {
      for (let at = 0; at < writes; at++) await this.write(marks);
      await this.read();
      if (end === 'throw') throw new Thrown('on purpose');
    });
  }

  private savepoint(): Promise<void> {
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

  private parallel(): Promise<void> {
    return this.inTransaction(async (marks) => {
      await Promise.all([this.write(marks), this.read(), this.find(), this.write(marks)]);
    });
  }

  private async pid(): Promise<number> {
    const [row] = await this.sea.source.query<{ pid: number }[]>('select pg_backend_pid() as pid');
    return row?.pid ?? 0;
  }

  private cancel(): Promise<void> {
    return this.inTransaction(async (marks) => {
      await this.write(marks);
      const pid = await this.pid();
      const slow = this.sea.source.query('select pg_sleep(5)');
      const outcome = slow.then(
        () => 'answered',
        () => 'cancelled',
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      await this.sea.admin.query('select pg_cancel_backend($1)', [pid]);
      if ((await outcome) === 'answered') return;
      this.sea.struck.cancelled++;
      throw new Thrown('cancelled');
    });
  }

  private kill(): Promise<void> {
    return this.inTransaction(async (marks) => {
      await this.write(marks);
      const pid = await this.pid();
      const killed = this.sea.admin.query('select pg_terminate_backend($1)', [pid]);
      await killed.then(() => this.read()).catch(() => this.sea.struck.killed++);
      throw new Thrown('killed');
    });
  }

  /** Present only if the promise nobody awaited was answered, and the transaction kept. */
  private async unawaited(how: 'insert' | 'save'): Promise<void> {
    const { ledger } = this.sea;
    const mark = ledger.open(this.tenantId);
    const row = { email: mark, note: canaryOf(this.tenantId) };
    const isKept = this.sea.random() < 0.5;
    let late: Promise<boolean> = Promise.resolve(false);
    let ended = false;
    await this.inTransaction(async (marks) => {
      await this.write(marks);
      late = this.customers[how](row).then(
        () => true,
        () => false,
      );
      if (!isKept) throw new Thrown('left it behind');
    }).finally(() => (ended = true));
    const answered = await late;
    if (!answered || !isKept) ledger.settle([mark], 'undone');
    else if (ended && how === 'insert') ledger.settle([mark], 'kept');
  }

  /** Goes on writing, awaited by nobody, while its transaction is undone. */
  private async overtaken(): Promise<void> {
    const marks: string[] = [];
    const goOn = async (): Promise<void> => {
      while (marks.length < 30) await this.write(marks);
    };
    let late: Promise<void> = Promise.resolve();
    await this.inTransaction(async () => {
      late = goOn();
      late.catch(() => undefined);
      await this.read();
      throw new Thrown('left it behind');
    });
    await late.catch(() => undefined);
    this.sea.ledger.settle(marks, 'undone');
  }

  private async releasedRunner(): Promise<void> {
    const runner = this.sea.source.createQueryRunner();
    await this.read({ query: (sql, values) => runner.query(sql, values) as never });
    await runner.release();
    const error = await runner.query('select * from customers').catch((one: unknown) => one);
    this.expectCode(error, 'ROWGUARD_UNIT_CLOSED');
  }

  private async asSystem(): Promise<void> {
    await TenantContext.runAsSystem('storm: counts tenants', () =>
      this.sea.source.query('select count(distinct tenant_id) from customers'),
    );
    await this.read();
  }

  private async switchContext(): Promise<void> {
    const runner = this.sea.source.createQueryRunner();
    try {
      await runner.query('select 1');
      const error = await TenantContext.run({ tenantId: this.foreignId }, () =>
        runner.query('select tenant_id, note from customers').catch((one: unknown) => one),
      );
      this.expectCode(error, 'ROWGUARD_TENANT_MISMATCH');
    } finally {
      await runner.release();
    }
    await this.read();
  }

  private async switchInTransaction(): Promise<void> {
    await this.inTransaction(async (marks) => {
      await this.write(marks);
      try {
        await TenantContext.run({ tenantId: this.foreignId }, () =>
          this.sea.source.query('select 1'),
        );
        this.sea.leaks.push('another tenant was let into a transaction');
      } catch (error) {
        this.expectCode(error, 'ROWGUARD_TENANT_SWITCH');
      }
    });
  }

  private async leftOpen(): Promise<void> {
    const runner = this.sea.source.createQueryRunner();
    const mark = this.sea.ledger.open(this.tenantId);
    try {
      await runner.startTransaction();
      await runner.manager.insert(Customer, { email: mark, note: canaryOf(this.tenantId) });
    } finally {
      await runner.release();
    }
    this.sea.ledger.settle([mark], 'undone');
  }

  private async stream(most: number): Promise<void> {
    const runner = this.sea.source.createQueryRunner();
    try {
      const stream = await runner.stream('select tenant_id, note from customers');
      const seen: Seen[] = [];
      stream.on('error', () => undefined);
      for await (const row of stream) {
        seen.push(row as unknown as Seen);
        if (seen.length >= most) break;
      }
      this.check(seen);
    } finally {
      await runner.release();
    }
  }

  private expectCode(error: unknown, code: string): void {
    const given = (error as { code?: string } | undefined)?.code ?? 'nothing';
    if (given === code) this.sea.struck.refused++;
    if (given === code || BROKEN.test(`${given} ${String(error)}`)) return;
    this.sea.leaks.push(`expected ${code}, and there was ${given}: ${String(error)}`);
  }
}

/** Errors of a connection that was cancelled or killed under the work. */
export const BROKEN =
  /57014|57P0|08[0-9]{3}|ECONNRESET|EPIPE|Connection terminated|connection error|not queryable|server conn crashed|terminating connection|closed the connection/;
