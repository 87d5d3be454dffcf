import { type RowguardDataSource, TenantContext, getSqlState, uuidV7 } from 'nestjs-rowguard';
import type { Repository } from 'typeorm';
import { Random } from '../isolation/random.js';
import { ACME, GLOBEX } from '../shop.js';
import { LedgerAccount, LedgerEntry, LedgerLine } from './ledger.js';

/** Thrown by a history itself; whatever else comes up, and is not listed below, is a failure. */
class ChangeOfMind extends Error {}

/** Aborted before, or chosen as the one to give way among histories that wait for each other. */
const DATABASE_STATES = ['25P02', '40P01'];

/**
 * A constraint said no. An error that was swallowed inside a transaction leaves it aborted: what comes
 * after fails, and so does the commit.
 */
const REFUSED =
  /^(?:25P02|40P01|ROWGUARD_TRANSACTION_UNDONE|ROWGUARD_ROW_NOT_FOUND|ROWGUARD_DELETED_ROW_CONFLICT|ROWGUARD_OWNER_DELETED|ROWGUARD_RESTORE_CONFLICT|ROWGUARD_TRANSITION_REFUSED|ROWGUARD_.*(?:VIOLATION|REFERENCE|UNIQUE).*)$/;

/** Changes as an application makes them, in an order that nobody chose. */
export class RandomHistories {
  private readonly accounts: Repository<LedgerAccount>;
  private readonly entries: Repository<LedgerEntry>;
  private readonly known: string[] = [];

  constructor(
    private readonly source: RowguardDataSource,
    private readonly random: Random,
    private readonly mayFail: (error: unknown) => boolean = () => false,
  ) {
    this.accounts = source.getRepository(LedgerAccount);
    this.entries = source.getRepository(LedgerEntry);
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
    const actor = {
      tenantId: this.random.pick([ACME, GLOBEX]),
      actorId: `actor-${this.random.below(5)}`,
    };
    return TenantContext.run(actor, () => this.tolerated(() => this.part(0))).catch(
      (error: unknown) => {
        if (!this.mayFail(error)) throw error;
      },
    );
  }

  /** One to three changes, in a transaction or not, in a savepoint of it or not. */
  private async part(depth: number): Promise<void> {
    const changes = async () => {
      for (let step = this.random.below(3); step >= 0; step--) {
        const goesDeeper = depth < 3 && this.random.chance(0.25);
        // Only a savepoint brings a transaction back to work after an error inside it.
        if (goesDeeper) await this.tolerated(() => this.part(depth + 1));
        else if (depth === 0) await this.tolerated(async () => void (await this.change()));
        else await this.change();
      }
      if (this.random.chance(0.2)) throw new ChangeOfMind();
    };
    if (depth === 0 && this.random.chance(0.4)) return changes();
    await this.source.transaction(changes);
  }

  private change(): Promise<unknown> {
    const id = this.known.length > 0 ? this.random.pick(this.known) : uuidV7();
    const name = `n${this.random.below(1_000)}`;
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
          { name: `n${this.random.below(50)}` },
          { details: { at: this.random.below(9), deep: [null, '\\'] } },
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
      ...this.changesOfLines(id, name),
    ];
    return this.random.pick(changes)();
  }

  /** Their rows go with those of their account, where somebody sees it. */
  private changesOfLines(accountId: string, text: string): (() => Promise<unknown>)[] {
    if (!this.source.hasMetadata(LedgerLine)) return [];
    const lines = this.source.getRepository(LedgerLine);
    const insert = () => lines.insert([{ text, accountId }, { text }]);
    return [insert, insert];
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
}
