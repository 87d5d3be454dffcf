import { AsyncLocalStorage } from 'node:async_hooks';
import { type WrittenTable, writtenTables } from '../../sql/written-tables.js';
import type { AuditPlan } from '../audit-plan.js';
import { emptyingRefused, writeRefused } from './refused-writes.js';

interface Request {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
}

/** Refuses what changes a table whose log the application writes, unless a builder made it and tells. */
export class RawWriteGuard {
  private readonly tables: ReadonlyMap<string, readonly AuditPlan[]>;
  private readonly known = new WeakMap<object, readonly WrittenTable[]>();
  private readonly passing = new WeakSet<readonly unknown[]>();
  private readonly noted = new AsyncLocalStorage<true>();

  constructor(plans: readonly AuditPlan[]) {
    const names = new Set(plans.map((plan) => plan.table));
    this.tables = new Map(
      [...names].map((name) => [name, plans.filter((plan) => plan.table === name)]),
    );
  }

  /** Whatever `work` sends is known to the log by its reason. */
  unchecked<T>(work: () => T): T {
    return this.noted.run(true, work);
  }

  /** Only while its rows are awaited: with the same parameters it could be sent past whoever notes them. */
  async letPass<T>(parameters: readonly unknown[], work: () => Promise<T>): Promise<T> {
    this.passing.add(parameters);
    try {
      return await work();
    } finally {
      this.passing.delete(parameters);
    }
  }

  /** `statement` stands for the text, so that a text is read once. */
  check(statement: object, { text, values }: Request): void {
    const written = this.writtenBy(statement, text).flatMap((one) => this.auditedAs(one));
    const [first] = written;
    if (!first || this.noted.getStore()) return;
    // A write in a common table expression returns its rows to the statement, and not to us.
    if (written.length === 1 && values && this.passing.has(values)) return;
    throw first.empties ? emptyingRefused(first.plan) : writeRefused(first.plan);
  }

  private writtenBy(statement: object, text: string): readonly WrittenTable[] {
    const known = this.known.get(statement) ?? writtenTables(text);
    this.known.set(statement, known);
    return known;
  }

  private auditedAs({ schema, table, empties }: WrittenTable) {
    const plans = this.tables.get(table) ?? [];
    const plan = plans.find((one) => schema === undefined || one.schema === schema);
    return plan ? [{ plan, empties }] : [];
  }
}
