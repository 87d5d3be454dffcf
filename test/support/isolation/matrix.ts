import { type RowguardDataSource, StatementRefusedError, TenantContext } from 'nestjs-rowguard';
import { DatabaseError } from 'nestjs-rowguard';
import { TypeORMError } from 'typeorm';
import { completenessOf } from './completeness.js';
import { type Row, TENANTS, othersThan } from './kinds.js';
import { Actor, type Operation } from './operation.js';
import { ALL_OPERATIONS } from './operations/all-operations.js';
import type { Oracle } from './oracle.js';
import { Random } from './random.js';
import { type LogWatch, foreignCanaryIn, foreignTenantIn, textOf, textOfError } from './watch.js';

export interface MatrixOptions {
  readonly source: RowguardDataSource;
  readonly oracle: Oracle;
  readonly logs: LogWatch;
  readonly seed: number;
  readonly operations: number;
}

/** What went wrong, by the bar it breaks. */
export type Fault =
  | 'foreign row seen'
  | 'foreign row changed'
  | 'cross reference'
  | 'own rows incomplete'
  | 'foreign canary told'
  | 'untyped error'
  | 'not refused'
  | 'never succeeded';

export interface MatrixReport {
  readonly seed: number;
  readonly operations: number;
  readonly refused: number;
  readonly faults: ReadonlyMap<Fault, readonly string[]>;
}

const BATCH = 50;
/** Below this, an operation may come to nothing each time by chance. */
const SAMPLES = 3_000;

class Undone extends Error {}

/** Runs generated operations, batch by batch, each from the same rows and its own seed. */
export class Matrix {
  private readonly faults = new Map<Fault, string[]>();
  private readonly succeeded = new Set<string>();
  private readonly lastErrors = new Map<string, unknown>();
  private rows: ReadonlyMap<string, readonly Row[]> = new Map();
  private refused = 0;

  constructor(private readonly options: MatrixOptions) {}

  async run(): Promise<MatrixReport> {
    const { oracle, operations, seed } = this.options;
    await oracle.takeSnapshot();
    this.rows = await oracle.fixtureRows();
    const deck = new Random(seed);
    let queue: Operation[] = [];
    let done = 0;
    for (let batch = 0; done < operations; batch++) {
      const plan = Array.from({ length: BATCH }, () => {
        if (queue.length === 0) queue = deck.shuffled(ALL_OPERATIONS);
        return queue.pop() as Operation;
      });
      await this.batch(plan, seed + batch, false);
      done += plan.length;
    }
    this.reportNeverSucceeded();
    return { seed, operations: done, refused: this.refused, faults: this.faults };
  }

  private async batch(plan: readonly Operation[], seed: number, slowly: boolean): Promise<void> {
    const { oracle, source } = this.options;
    await oracle.restore();
    await source.queryResultCache?.clear();
    const random = new Random(seed);
    const host = random.pick(TENANTS);
    const before = await oracle.hashes();
    for (const [at, operation] of plan.entries()) {
      const visitor = operation.writes || random.chance(0.7) ? host : random.pick(othersThan(host));
      await this.one(operation, visitor, random, `${operation.name} (seed ${seed}, step ${at})`);
      if (
        slowly &&
        (await this.isBroken(before, host, `${operation.name} (seed ${seed}, step ${at})`))
      )
        return;
    }
    if (!slowly && (await this.isBroken(before, host, `batch of seed ${seed}`))) {
      return this.batch(plan, seed, true);
    }
    for (const tenantId of [host, random.pick(othersThan(host))]) {
      for (const missing of await completenessOf(source, oracle, tenantId)) {
        this.fault('own rows incomplete', `${missing} (seed ${seed})`);
      }
    }
  }

  private async one(
    operation: Operation,
    tenantId: string,
    random: Random,
    place: string,
  ): Promise<void> {
    const { source, logs } = this.options;
    const actor = new Actor(source, tenantId, random, this.rows);
    logs.take();
    const label = () => `${place} ${actor.noted}`.trim();
    try {
      const result = await TenantContext.run({ tenantId }, () => this.wrapped(operation, actor));
      this.looksLikeOwn(textOf(result), tenantId, label());
      this.succeeded.add(operation.name);
      if (operation.attack === 'refused' || (operation.raw && !source.walls.policies))
        this.fault('not refused', label());
    } catch (error) {
      this.refused++;
      this.lastErrors.set(operation.name, error);
      this.isFitting(error, operation, label());
      const told = foreignCanaryIn(textOfError(error), tenantId);
      if (told) this.fault('foreign canary told', `${told} in the error of ${label()}`);
    }
    const logged = foreignCanaryIn(logs.take(), tenantId);
    if (logged) this.fault('foreign canary told', `${logged} in the log of ${label()}`);
  }

  /** Some operations run inside a transaction or a savepoint, as they would in a service. */
  private async wrapped(operation: Operation, actor: Actor): Promise<unknown> {
    const { source } = this.options;
    const way = actor.random.next();
    const work = async () => operation.run(actor);
    if (way < 0.75 || operation.alone) return work();
    if (way < 0.85) return source.joinTransaction(work);
    if (way < 0.93) {
      return source.joinTransaction(() => source.joinTransaction(work, { savepoint: true }));
    }
    let result: unknown;
    await source
      .joinTransaction(async () => {
        result = await work();
        throw new Undone();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undone)) throw error;
      });
    return result;
  }

  private looksLikeOwn(text: string, tenantId: string, label: string): void {
    const seen = foreignCanaryIn(text, tenantId) ?? foreignTenantIn(text, tenantId);
    if (seen) this.fault('foreign row seen', `${seen} in the result of ${label}`);
  }

  private isFitting(error: unknown, operation: Operation, label: string): void {
    const isTyped = error instanceof DatabaseError || error instanceof TypeORMError;
    if (!isTyped) this.fault('untyped error', `${label}: ${String((error as Error)?.stack)}`);
    const needsRefusal = operation.raw && !operation.attack && !this.options.source.walls.policies;
    if (needsRefusal && !(error instanceof StatementRefusedError))
      this.fault('not refused', `${label}: ${String(error)}`);
  }

  private async isBroken(
    before: ReadonlyMap<string, string>,
    host: string,
    label: string,
  ): Promise<boolean> {
    const { oracle } = this.options;
    const after = await oracle.hashes();
    const keys = new Set([...before.keys(), ...after.keys()]);
    const changed = [...keys].filter(
      (key) => !key.startsWith(host) && before.get(key) !== after.get(key),
    );
    const crossed = await oracle.crossReferences();
    if (changed.length > 0) this.fault('foreign row changed', `${changed.join(', ')} by ${label}`);
    if (crossed > 0) this.fault('cross reference', `${crossed} by ${label}`);
    return changed.length > 0 || crossed > 0;
  }

  /** An operation that never comes to anything would prove nothing. */
  private reportNeverSucceeded(): void {
    const { walls } = this.options.source;
    if (this.options.operations < SAMPLES) return;
    for (const { name, attack, raw } of ALL_OPERATIONS) {
      const mayFail =
        attack !== undefined ||
        (!walls.policies && (raw || /^tree (?:save|move|remove|soft)/.test(name)));
      if (!mayFail && !this.succeeded.has(name))
        this.fault('never succeeded', `${name}: ${String(this.lastErrors.get(name))}`);
    }
  }

  private fault(kind: Fault, what: string): void {
    const known = this.faults.get(kind) ?? [];
    known.push(what);
    this.faults.set(kind, known);
  }
}

/** The faults as text, for the message of a failed test. */
export function faultsIn(report: MatrixReport): string[] {
  return [...report.faults].flatMap(([kind, list]) =>
    list.slice(0, 8).map((what) => `${kind}: ${what}`),
  );
}
