import type { LoggerService } from '@nestjs/common';
import type pg from 'pg';
import { currentUnit } from '../../context/unit-store.js';
import type { TenantClientConfig } from '../tenant-client-config.js';
import type { TenantPool } from '../tenant-pool.js';
import type { ConnectionPlan } from '../connection-plan.js';
import { positionOf } from './log-position.js';
import { PrimaryPositions } from './primary-positions.js';
import { Repeated } from './repeated.js';
import { CLUSTER, Replica, type ReplicaState } from './replica.js';
import { ServerProbe } from './server-probe.js';
import { type Needed, neededByTokens, tokenOf } from './write-token.js';

const POLL_MS = 5;
const LONGEST_FIRST_LOOK_MS = 3_000;

export interface ReplicationRules {
  readonly maxLagMs: number;
  readonly waitMs: number;
  readonly checkMs: number;
}

export interface ReplicaSetOptions {
  /** The name of the data source, which its tokens carry. */
  readonly name: string;
  readonly urls: readonly string[];
  readonly rules: ReplicationRules;
  readonly plan: ConnectionPlan;
  readonly owner: object;
  readonly log: LoggerService;
}

/** Where a read may go. */
export interface ReadPlace {
  readonly replica: Replica;
  /** What has to be replayed there before the read may see anything. */
  readonly after: bigint | undefined;
}

/** The replicas of one data source, and which of them a read may go to. */
export class ReplicaSet {
  private replicas: readonly Replica[] = [];
  private probe: ServerProbe | undefined;
  private cluster: string | undefined;
  private turn = 0;
  private readonly checkMs: number;
  private readonly positions: PrimaryPositions;
  private readonly samples = new Repeated(() => this.sample());

  constructor(private readonly options: ReplicaSetOptions) {
    const { maxLagMs, checkMs } = options.rules;
    this.checkMs = Math.min(checkMs, Math.max(maxLagMs / 4, 1));
    this.positions = new PrimaryPositions(maxLagMs * 2 + this.checkMs * 4);
  }

  /** Until then every read goes to the primary. A replica that does not answer keeps nobody waiting. */
  async open(primary: TenantPool): Promise<void> {
    const { urls, plan } = this.options;
    const config = {
      ...primary.settings,
      plan,
      serves: 'tenants',
    } as unknown as TenantClientConfig;
    this.probe = new ServerProbe(
      config,
      () => Promise.resolve(),
      () => undefined,
    );
    this.replicas = urls.map((url, at) =>
      this.replicaAt(url, `replica-${at + 1}`, primary, config),
    );
    await withinTime(
      this.samples.now().then(() => Promise.all(this.replicas.map((one) => one.look()))),
      LONGEST_FIRST_LOOK_MS,
    );
  }

  async close(): Promise<void> {
    const { replicas } = this;
    this.replicas = [];
    await this.probe?.close();
    await this.samples.stop();
    await Promise.all(replicas.map((one) => one.close()));
  }

  get pools(): readonly TenantPool[] {
    return this.replicas.map(({ pool }) => pool);
  }

  states(): readonly ReplicaState[] {
    return this.replicas.map(({ state }) => state);
  }

  /** Undefined: the primary. */
  async place(tried: ReadonlySet<Replica>): Promise<ReadPlace | undefined> {
    const needed = this.needed();
    const replica = needed === 'unknown' ? undefined : this.fittest(needed, tried);
    if (replica && needed !== 'unknown') return { replica, after: needed };
    const isWorthWaiting = needed !== undefined && this.options.rules.waitMs > 0;
    return isWorthWaiting ? this.awaited(tried) : undefined;
  }

  /** Whether a connection that a read has taken is good enough for the next one. */
  stillFits(replica: Replica): ReadPlace | undefined {
    const after = this.needed();
    if (after === 'unknown' || !replica.isFit || replica.replayed < (after ?? 0n)) return undefined;
    return { replica, after };
  }

  /** For whoever comes after the unit of work in hand; one question to the primary at most. */
  async writeMark(): Promise<string | undefined> {
    const marks = currentUnit()?.marks;
    const at = marks?.lastWrite(this.options.owner);
    if (marks && at !== undefined && this.positions.covering(at) === undefined)
      await this.askAnew(at);
    const needed = this.needed();
    if (needed === undefined) return undefined;
    return needed === 'unknown' ? `${this.options.name}:?` : tokenOf(this.options.name, needed);
  }

  private needed(): Needed {
    const marks = currentUnit()?.marks;
    if (!marks) return undefined;
    const handedOn = neededByTokens(this.options.name, marks.tokens);
    const at = marks.lastWrite(this.options.owner);
    if (at === undefined || handedOn === 'unknown') return handedOn;
    const own = this.positions.covering(at);
    if (own === undefined) return 'unknown';
    return handedOn !== undefined && handedOn > own ? handedOn : own;
  }

  /** Of those with the fewest connections in use, in turns. */
  private fittest(needed: bigint | undefined, tried: ReadonlySet<Replica>): Replica | undefined {
    const { replicas } = this;
    let best: Replica | undefined;
    const from = this.turn++;
    for (let at = 0; at < replicas.length; at++) {
      const one = replicas[(from + at) % replicas.length] as Replica;
      if (!one.isFit || tried.has(one) || one.replayed < (needed ?? 0n)) continue;
      if (best === undefined || one.held < best.held) best = one;
    }
    return best;
  }

  private async awaited(tried: ReadonlySet<Replica>): Promise<ReadPlace | undefined> {
    const asked = performance.now();
    const deadline = asked + this.options.rules.waitMs;
    await withinTime(this.askAnew(asked), deadline - asked);
    for (;;) {
      const needed = this.needed();
      // More than the primary has written is nothing that would come.
      if (needed === undefined || needed === 'unknown') return undefined;
      if (needed > (this.positions.newest ?? 0n)) return undefined;
      const replica = this.fittest(needed, tried);
      if (replica) return { replica, after: needed };
      const left = deadline - performance.now();
      const candidates = this.replicas.filter((one) => one.isFit && !tried.has(one));
      if (left <= 0 || candidates.length === 0) return undefined;
      await withinTime(Promise.race(candidates.map((one) => one.look())), left);
      await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_MS, left)));
    }
  }

  /** A sample that was asked for after `time`. */
  private async askAnew(time: number): Promise<void> {
    await this.samples.now();
    if (this.positions.covering(time) === undefined) await this.samples.now();
  }

  private async sample(): Promise<number> {
    const asked = performance.now();
    try {
      this.cluster ??= (await this.probe?.ask<{ cluster: string }>(CLUSTER))?.cluster;
      const row = await this.probe?.ask<{ at: string }>(
        'select pg_current_wal_insert_lsn()::text as at',
      );
      const position = positionOf(row?.at ?? '');
      if (position !== undefined) this.positions.add(asked, position);
    } catch {
      // Whoever needs the primary hears of it there; reads that do not go on.
    }
    return this.checkMs;
  }

  private replicaAt(
    url: string,
    name: string,
    primary: TenantPool,
    config: TenantClientConfig,
  ): Replica {
    const { plan, rules, log } = this.options;
    const login: pg.PoolConfig = { connectionString: url, application_name: 'rowguard-replica' };
    return new Replica({
      name,
      pool: primary.another({ ...login, min: 0 }, 'tenants', true),
      probe: (lost) =>
        new ServerProbe(
          { ...config, ...login, readsOnly: true },
          async (client) => plan.attest?.(client, 'tenants'),
          lost,
        ),
      positions: this.positions,
      cluster: () => this.cluster,
      rules: { maxLagMs: rules.maxLagMs, checkMs: this.checkMs },
      log,
    });
  }
}

async function withinTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
