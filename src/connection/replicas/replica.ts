import type { LoggerService } from '@nestjs/common';
import type { TenantPool } from '../tenant-pool.js';
import { positionOf } from './log-position.js';
import type { PrimaryPositions } from './primary-positions.js';
import { Repeated } from './repeated.js';
import type { ServerProbe } from './server-probe.js';

const SOONEST_RETRY_MS = 100;
const LATEST_RETRY_MS = 5_000;
const MOST_STRIKES = 10;
const FORGIVEN_MS = 10_000;
/** Which cluster it is: a server that follows nobody, or somebody else, is no replica of ours. */
export const CLUSTER = 'select (pg_control_system()).system_identifier::text as cluster';
const STATE =
  'select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn()::text as replayed, (pg_control_system()).system_identifier::text as cluster';

interface StandbyRow {
  readonly follows: boolean;
  readonly replayed: string | null;
  readonly cluster: string;
}

/** What an operator may know of a replica; names no host. */
export interface ReplicaState {
  /** By its place in the list of the option: `replica-1`. */
  readonly name: string;
  readonly isFit: boolean;
  /** Undefined while it does not answer. */
  readonly lagMs: number | undefined;
  /** Why reads do not go there. */
  readonly problem: string | undefined;
}

export interface ReplicaRules {
  readonly maxLagMs: number;
  readonly checkMs: number;
}

export interface ReplicaParts {
  readonly name: string;
  readonly pool: TenantPool;
  readonly probe: (lost: (error: Error) => void) => ServerProbe;
  readonly positions: PrimaryPositions;
  readonly cluster: () => string | undefined;
  readonly rules: ReplicaRules;
  readonly log: LoggerService;
}

/** One replica: a pool for reads, and what is known of the server behind it. */
export class Replica {
  readonly name: string;
  readonly pool: TenantPool;
  /** As far as it has told; it may be further. */
  replayed = 0n;
  private lagMs: number | undefined;
  private problem: string | undefined = 'it was not asked yet';
  /** How often it has failed of late; each time it is given longer. */
  private strikes = 0;
  private lastStrike = 0;
  private readonly probe: ServerProbe;
  private readonly checks = new Repeated(() => this.check());

  constructor(private readonly parts: ReplicaParts) {
    this.name = parts.name;
    this.pool = parts.pool;
    this.probe = parts.probe((error) => this.leaveOut(error));
  }

  get isFit(): boolean {
    return this.problem === undefined;
  }

  get held(): number {
    return this.pool.totalCount - this.pool.idleCount + this.pool.waitingCount;
  }

  get state(): ReplicaState {
    const { name, isFit, lagMs, problem } = this;
    return { name, isFit, lagMs, problem };
  }

  /** Asks it now; whoever asks meanwhile shares the answer. */
  look(): Promise<void> {
    return this.checks.now();
  }

  /** Until a check says otherwise; not at once, since it may answer questions and fail at work. */
  leaveOut(error: unknown): void {
    this.checks.after(this.strike(error));
  }

  async close(): Promise<void> {
    this.problem = 'it was closed';
    await this.probe.close();
    await this.checks.stop();
    await this.pool.end();
  }

  private async check(): Promise<number> {
    const { lastStrike } = this;
    try {
      const row = await this.probe.ask<StandbyRow>(STATE);
      if (lastStrike !== this.lastStrike) return SOONEST_RETRY_MS;
      this.take(row);
      if (performance.now() - lastStrike > FORGIVEN_MS) this.strikes = 0;
      return this.parts.rules.checkMs;
    } catch (error) {
      return this.strike(error);
    }
  }

  /** Answers how long to leave it alone. */
  private strike(error: unknown): number {
    this.replayed = 0n;
    this.lagMs = undefined;
    this.lastStrike = performance.now();
    this.becomes(`it does not answer, or not as it should (${reasonOf(error)})`);
    const pause = Math.min(SOONEST_RETRY_MS * 2 ** this.strikes, LATEST_RETRY_MS);
    this.strikes = Math.min(this.strikes + 1, MOST_STRIKES);
    return pause * (0.75 + Math.random() / 2);
  }

  private take({ follows, replayed, cluster }: StandbyRow): void {
    const { positions, rules } = this.parts;
    this.replayed = (follows && positionOf(replayed ?? '')) || 0n;
    this.lagMs = positions.lagOf(this.replayed, performance.now());
    const ours = this.parts.cluster();
    if (!follows) this.becomes('it follows no primary (any more)');
    else if (ours === undefined || positions.newest === undefined)
      this.becomes('the primary did not say yet how far it is');
    else if (cluster !== ours) this.becomes('it belongs to another cluster than the primary');
    else if ((this.lagMs ?? Infinity) > rules.maxLagMs)
      this.becomes(`it lags behind by more than ${rules.maxLagMs} ms`);
    else this.becomes(undefined);
  }

  private becomes(problem: string | undefined): void {
    if (problem === this.problem) return;
    const { log } = this.parts;
    const was = this.problem;
    this.problem = problem;
    if (problem === undefined) log.log(`${this.name} takes reads`);
    else if (was === undefined) log.warn(`${this.name} is left out of the reads: ${problem}`);
  }
}

/** Codes rather than messages, which name hosts. */
function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'unknown';
}
