import { setTimeout as wait } from 'node:timers/promises';
import { AuditHistory, type AuditMoment, TenantContext, uuidV7 } from 'nestjs-rowguard';
import type { RowguardDataSource } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import type { Random } from '../isolation/random.js';
import { LedgerAccount } from './ledger.js';

/** One row through its life; its key may change. */
interface Life {
  key: string;
  /** Another row has its last key since, and so the log tells of that one. */
  isLost: boolean;
}

/** How all rows of a tenant were at a moment. */
export interface Remembered {
  readonly tenantId: string;
  readonly moment: AuditMoment;
  readonly rows: ReadonlyMap<Life, LedgerAccount | undefined>;
}

type Step =
  'insert' | 'update' | 'softDelete' | 'restore' | 'delete' | 'again' | 'move' | 'truncate';

const STEPS: readonly Step[] = [
  ...Array<Step>(5).fill('insert'),
  ...Array<Step>(12).fill('update'),
  ...Array<Step>(3).fill('softDelete'),
  ...Array<Step>(3).fill('restore'),
  ...Array<Step>(3).fill('delete'),
  ...Array<Step>(2).fill('again'),
  ...Array<Step>(3).fill('move'),
  'truncate',
];

/** Does at random what can be done to rows, and remembers how they were after each step. */
export class RandomHistory {
  readonly remembered: Remembered[] = [];
  private readonly lives = new Map<string, Life[]>();
  private readonly history: AuditHistory;

  constructor(
    private readonly source: RowguardDataSource,
    private readonly random: Random,
    private readonly tenants: readonly string[],
  ) {
    this.history = new AuditHistory(source);
  }

  async step(): Promise<void> {
    const tenantId = this.random.pick(this.tenants);
    const step = this.random.pick(STEPS);
    if (step === 'truncate') {
      await runAsOwner('a test', () => this.source.query('truncate accounts cascade'));
      return;
    }
    await TenantContext.run({ tenantId, actorId: 'chance' }, async () => {
      await this.change(step, tenantId);
      await this.remember(tenantId);
    });
  }

  private async change(step: Exclude<Step, 'truncate'>, tenantId: string): Promise<void> {
    const lives = this.livesOf(tenantId);
    const life = lives.length > 0 ? this.random.pick(lives) : undefined;
    if (step === 'insert' || !life) return this.insert(tenantId, this.newKey());
    const { key: id } = life;
    const accounts = this.source.getRepository(LedgerAccount);
    if (step === 'update') await accounts.update({ id }, this.values() as object);
    if (step === 'softDelete') await accounts.softDelete({ id });
    if (step === 'restore') await accounts.restore({ id });
    if (step === 'delete') await accounts.delete({ id });
    if (step === 'again') await this.insert(tenantId, id);
    if (step === 'move') await this.move(tenantId, life);
  }

  /** Now and then the same key in both tenants, which are rows that know nothing of each other. */
  private newKey(): string {
    const known = [...this.lives.values()].flat().map((life) => life.key);
    return known.length > 0 && this.random.chance(0.3) ? this.random.pick(known) : uuidV7();
  }

  private async insert(tenantId: string, id: string): Promise<void> {
    const accounts = this.source.getRepository(LedgerAccount);
    if (await accounts.exists({ where: { id }, withDeleted: true })) return;
    const values = { name: 'new', ...this.values(), id, secret: 'hush', scratch: 'x' };
    await accounts.insert(values as object);
    const isKnown = this.livesOf(tenantId).some((life) => !life.isLost && life.key === id);
    if (!isKnown) this.livesOf(tenantId).push({ key: id, isLost: false });
  }

  /** To a key that is new, or that another row had before. */
  private async move(tenantId: string, life: Life): Promise<void> {
    const accounts = this.source.getRepository(LedgerAccount);
    const lives = this.livesOf(tenantId);
    const to = this.random.chance(0.5) ? this.random.pick(lives).key : uuidV7();
    const isTaken = await accounts.exists({ where: { id: to }, withDeleted: true });
    const isThere = await accounts.exists({ where: { id: life.key }, withDeleted: true });
    if (isTaken || !isThere || life.isLost) return;
    await this.source.query('update accounts set id = $1 where id = $2', [to, life.key]);
    for (const one of lives) if (one.key === to) one.isLost = true;
    life.key = to;
  }

  private values(): Partial<LedgerAccount> {
    const { random } = this;
    const all: Partial<LedgerAccount> = {
      name: `name ${random.below(1000)} "'\\ é [masked]`,
      balance: `${random.below(1e9)}.${String(random.below(1e6)).padStart(6, '0')}`,
      points: random.chance(0.3) ? null : `9${String(random.below(1e9)).padStart(9, '0')}0000000`,
      details: random.chance(0.3) ? null : { n: random.below(100), none: null, list: [1, 'a'] },
      stamp: random.chance(0.3) ? null : Buffer.from([random.below(256), 0, 255]),
      tags: random.chance(0.3) ? null : ['a,b', '"', `${random.below(10)}`],
    };
    const kept = Object.entries(all).filter(() => random.chance(0.5));
    return kept.length > 0 ? Object.fromEntries(kept) : { name: 'at least this' };
  }

  private async remember(tenantId: string): Promise<void> {
    const accounts = this.source.getRepository(LedgerAccount);
    const rows = new Map<Life, LedgerAccount | undefined>();
    for (const row of await accounts.find({ withDeleted: true })) {
      const life = this.livesOf(tenantId).find((one) => !one.isLost && one.key === row.id);
      if (life) rows.set(life, row);
    }
    for (const life of this.livesOf(tenantId)) if (!rows.has(life)) rows.set(life, undefined);
    const moment = await this.moment();
    if (moment) this.remembered.push({ tenantId, moment, rows });
  }

  /** The newest change, or a time between two of them. */
  private async moment(): Promise<AuditMoment | undefined> {
    if (this.random.chance(0.5)) return (await this.history.between({}, { limit: 1 })).items[0];
    await wait(3);
    const now = new Date();
    await wait(3);
    return now;
  }

  private livesOf(tenantId: string): Life[] {
    const lives = this.lives.get(tenantId) ?? [];
    this.lives.set(tenantId, lives);
    return lives;
  }
}
