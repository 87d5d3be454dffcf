import { TenantContext } from 'nestjs-rowguard';
import { type Seen, StormTask, type Sea, Thrown } from './storm-task.js';
import { Customer } from '../shop.js';
import { canaryOf } from './ledger.js';

/** A task that also does what applications should not do, and suffers what happens to them. */
export class StormWorker extends StormTask {
  constructor(
    sea: Sea,
    tenantId: string,
    private readonly foreignId: string,
  ) {
    super(sea, tenantId);
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
}
