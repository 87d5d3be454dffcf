import { type RowguardDataSource, TenantContext, getSqlState, uuidV7 } from 'nestjs-rowguard';
import type { Repository } from 'typeorm';
import { LedgerAccount, LedgerEntry } from '../ledger.js';
import { ACME, GLOBEX } from '../shop.js';

/** Thrown by a history itself; whatever else comes up, and is not listed below, is a failure. */
class ChangeOfMind extends Error {}

/** Aborted before, or chosen as the one to give way among histories that wait for each other. */
const DATABASE_STATES = ['25P02', '40P01'];

/**
 * A constraint said no. An error that was swallowed inside a transaction leaves it aborted: what comes
 * after fails, and so does the commit.
 */
const REFUSED =
  /^(?:25P02|40P01|ROWGUARD_TRANSACTION_UNDONE|ROWGUARD_ROW_NOT_FOUND|ROWGUARD_DELETED_ROW_CONFLICT|ROWGUARD_.*(?:VIOLATION|REFERENCE|UNIQUE).*)$/;

/** Changes as an application makes them, in an order that nobody chose. */
export class RandomHistories {
  private readonly accounts: Repository<LedgerAccount>;
  private readonly entries: Repository<LedgerEntry>;
  private readonly known: string[] = [];

  constructor(
    private readonly source: RowguardDataSource,
    private readonly random: () => number,
    private readonly mayFail: (error: unknown) => boolean = () => false,
    [account, entry]: readonly [Function, Function] = [LedgerAccount, LedgerEntry],
  ) {
    this.accounts = source.getRepository<LedgerAccount>(account);
    this.entries = source.getRepository<LedgerEntry>(entry);
  }

  /** Runs so many histories, so many at once. */
  async run(count: number, atOnce: number): Promise<void> {
    let left = count;
    const worker = async () => {
      while (left-- > 0) await this.history();
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  private history(): Promise<void> {
    const actor = { tenantId: this.one([ACME, GLOBEX]), actorId: `actor-${this.upTo(5)}` };
    return TenantContext.run(actor, () => this.tolerated(() => this.part(0))).catch(
      (error: unknown) => {
        if (!this.mayFail(error)) throw error;
      },
    );
  }

  /** One to three changes, in a transaction or not, in a savepoint of it or not. */
  private async part(depth: number): Promise<void> {
    const changes = async () => {
      for (let step = this.upTo(3); step >= 0; step--) {
        const goesDeeper = depth < 3 && this.random() < 0.25;
        // Only a savepoint brings a transaction back to work after an error inside it.
        if (goesDeeper) await this.tolerated(() => this.part(depth + 1));
        else if (depth === 0) await this.tolerated(async () => void (await this.change()));
        else await this.change();
      }
      if (this.random() < 0.2) throw new ChangeOfMind();
    };
    if (depth === 0 && this.random() < 0.4) return changes();
    await this.source.transaction(changes);
  }

  private change(): Promise<unknown> {
    const id = this.one(this.known) ?? uuidV7();
    const name = `n${this.upTo(1_000)}`;
    const changes: (() => Promise<unknown>)[] = [
      () => this.accounts.save({ name, details: { made: name } }),
      () =>
        this.accounts.insert([
          { id: this.fresh(), name, points: '9007199254740993' },
          { id: this.fresh(), name },
        ]),
      () => this.accounts.upsert({ id, name, balance: '1.250000' }, ['id']),
      () => {
        const reviving = { conflictPaths: ['id'], deleted: 'revive' };
        return this.accounts.upsert({ id, name, balance: '2.5' }, reviving);
      },
      () => this.accounts.update(id, { name, deletedBy: name }, { deleted: 'with' } as never),
      () => this.accounts.update(id, { name, tags: [name, 'ü"'] }),
      () => this.accounts.increment({ id }, 'balance', 3),
      () =>
        this.accounts.update(
          { name: `n${this.upTo(50)}` },
          { details: { at: this.upTo(9), deep: [null, '\\'] } },
        ),
      () => this.accounts.softDelete(id),
      () => this.accounts.restore(id),
      () => this.accounts.delete(id),
      () => this.entries.insert({ text: name, accountId: id }),
      () =>
        this.entries
          .createQueryBuilder()
          .update()
          .set({ text: () => `text || '.'` })
          .where({ accountId: id })
          .execute(),
      () => this.entries.delete({ text: name }),
    ];
    return (this.one(changes) ?? (() => Promise.resolve()))();
  }

  private async tolerated(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const code =
        DATABASE_STATES.find((state) => state === getSqlState(error)) ??
        (error as { code?: string }).code ??
        '';
      if (error instanceof ChangeOfMind || REFUSED.test(code)) return;
      throw error;
    }
  }

  private fresh(): string {
    const id = uuidV7();
    this.known.push(id);
    if (this.known.length > 60) this.known.shift();
    return id;
  }

  private one<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  private upTo(most: number): number {
    return Math.floor(this.random() * most);
  }
}

/** The same sequence for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
