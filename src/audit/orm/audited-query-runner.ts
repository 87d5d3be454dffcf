import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntitySubscriberInterface, ObjectLiteral, QueryResult } from 'typeorm';
import { TenantQueryRunner } from '../../connection/tenant-query-runner.js';
import { type CapturedTable, sentAsBuilt } from '../../context/built-statement.js';
import { currentScope } from '../../context/unit-store.js';
import type { AuditRefusedError } from '../../errors/audit-refused.error.js';
import { getSqlState } from '../../errors/violations.js';
import { ChangeLedger } from './change-ledger.js';
import { LogWriter } from './log-writer.js';
import { CHANGE_COLUMN } from './orm-capture.js';
import { controlRefused, subscriberMissing, tooManyRows } from './refused-writes.js';
import { TOO_MANY_ROWS } from './row-function.js';
import { transactionStep } from './transaction-step.js';
import type { RawWriteGuard } from './raw-write-guard.js';
import { type Connection, watchedClient } from './watched-client.js';

/** A caller who returns everything is returned the locked rows as well. */
const OURS = /^rowguard_(?:change|before|key_\d+)$/;
const TRANSACTION_ABORTED = '25P02';

/** What the runners of one data source share. */
export interface RunnerAudit {
  readonly options: { readonly schema: string; readonly maxRows: number };
  readonly guard: RawWriteGuard;
  /** Tells when a transaction goes on or ends; without it nothing would be written. */
  readonly subscriber: EntitySubscriberInterface;
}

/** The runner that is about a statement of its own. */
const inside = new AsyncLocalStorage<AuditedQueryRunner>();

type RunnerParameters = ConstructorParameters<typeof TenantQueryRunner>;

/** Remembers what the statements of the query builders tell, until the transaction commits. */
export class AuditedQueryRunner extends TenantQueryRunner {
  readonly ledger = new ChangeLedger();
  private readonly writer: LogWriter;
  private readonly running = new Set<Promise<unknown>>();
  /** A transaction around one statement that nobody else began one for. */
  private single: Promise<unknown> | undefined;
  /** Statements under way of which the ledger hears. */
  private controls = 0;
  private watched: { readonly client: Connection; readonly proxy: Connection } | undefined;

  constructor(
    private readonly audit: RunnerAudit,
    ...given: RunnerParameters
  ) {
    super(...given);
    this.writer = new LogWriter(audit.options.schema);
  }

  override async query(
    text: string,
    parameters?: unknown[],
    useStructuredResult = false,
  ): Promise<QueryResult> {
    const captured = sentAsBuilt(text, parameters)?.captured;
    // What others send meanwhile must not be undone with a statement of somebody else. What hooks of
    // that very statement send is part of it, and would wait for ever.
    while (this.single && inside.getStore() !== this) await this.single.catch(() => undefined);
    if (captured) {
      const result = await this.changing(text, parameters as unknown[], captured);
      return useStructuredResult ? result : (result.raw as QueryResult);
    }
    const step = transactionStep(text);
    // Nothing that is committed may be missing: what cannot be logged fails the commit.
    if (step?.kind === 'commit') await this.writeLog();
    if (step) return this.control(() => super.query(text, parameters, useStructuredResult));
    return super.query(text, parameters, useStructuredResult);
  }

  /** The connection that is handed out would end the transaction past the log. */
  override async connect(): Promise<unknown> {
    const client = (await super.connect()) as Connection;
    if (this.watched?.client !== client) {
      const proxy = watchedClient(client, (text) => this.refusalOf(text));
      this.watched = { client, proxy };
    }
    return this.watched.proxy;
  }

  /** Sends what is pending; again, as long as something came meanwhile. */
  async writeLog(): Promise<void> {
    for (;;) {
      await Promise.allSettled(this.running);
      const pending = this.ledger.take();
      if (pending.length === 0) return;
      try {
        await this.control(() =>
          this.writer.write(pending, (text, values) => super.query(text, values)),
        );
      } catch (error) {
        // Nothing is kept of this transaction: the commit itself says so, and better.
        if (getSqlState(error) === TRANSACTION_ABORTED) return;
        this.ledger.add(pending);
        throw error;
      }
    }
  }

  private async changing(
    text: string,
    parameters: unknown[],
    table: CapturedTable,
  ): Promise<QueryResult> {
    if (!this.dataSource.subscribers.includes(this.audit.subscriber)) throw subscriberMissing();
    const work = () => this.capture(text, parameters, table);
    const isPartOfMore = this.isTransactionActive || this.ledger.isOpen;
    if (isPartOfMore || inside.getStore() === this) return this.counted(work);
    const alone = inside.run(this, () => this.alone(work));
    this.single = alone;
    try {
      return await alone;
    } finally {
      this.single = undefined;
    }
  }

  /** Change and log together, or neither. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const client = (await this.connect()) as Connection;
    // Somebody began a transaction past this runner, which will not hear of its end.
    if (client.getTransactionStatus() !== 'I') return this.written(work);
    const send = (text: string) => this.control(() => super.query(text));
    await send('START TRANSACTION');
    try {
      const result = await this.written(work);
      await send('COMMIT');
      return result;
    } catch (error) {
      await send('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async control<T>(work: () => Promise<T>): Promise<T> {
    this.controls++;
    try {
      return await work();
    } finally {
      this.controls--;
    }
  }

  private refusalOf(text: string): AuditRefusedError | undefined {
    if (this.controls > 0 || !this.ledger.isOpen || !transactionStep(text)) return undefined;
    return controlRefused();
  }

  private async written<T>(work: () => Promise<T>): Promise<T> {
    const result = await work();
    await this.writeLog();
    return result;
  }

  private async counted<T>(work: () => Promise<T>): Promise<T> {
    const run = work();
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  private async capture(
    text: string,
    parameters: unknown[],
    { entity, onError }: CapturedTable,
  ): Promise<QueryResult> {
    const scope = currentScope();
    try {
      const result = (await this.audit.guard.letPass(parameters, () =>
        super.query(text, parameters, true),
      )) as QueryResult;
      const changes = takeChanges(result.records as ObjectLiteral[]);
      const warns = onError === 'warn';
      this.ledger.add(changes.map((change) => ({ text: change, entity, scope, warns })));
      return result;
    } catch (error) {
      if (getSqlState(error) !== TOO_MANY_ROWS) throw error;
      throw tooManyRows(entity, this.audit.options.maxRows, error);
    }
  }
}

/** The rows as whoever sent the statement expects them: what we added is taken out again. */
function takeChanges(rows: ObjectLiteral[]): string[] {
  const changes: string[] = [];
  let hasOthers = false;
  for (const row of rows) {
    const change = row[CHANGE_COLUMN] as string | null;
    if (change !== null) changes.push(change);
    for (const name of Object.keys(row)) {
      if (OURS.test(name)) delete row[name];
      else hasOthers = true;
    }
  }
  if (!hasOthers) rows.length = 0;
  return changes;
}
