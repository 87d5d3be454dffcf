import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ConnectionPlan } from './connection/connection-plan.js';
import type { ReplicaSet } from './connection/replicas/replica-set.js';
import type { TenantPool } from './connection/tenant-pool.js';
import type { DatabaseOptions } from './database.options.js';
import { replicate } from './connection/replicas/replicate.js';
import { unitsInHand } from './context/units-in-hand.js';

const LOOKS_EACH_MS = 20;

/** How a drain ended. */
export interface DrainResult {
  /** Units of work that were still at it when the time was up. */
  readonly units: number;
  /** Connections that they, or others, still held. */
  readonly connections: number;
}

/** What a data source has to do with its connections, beside handing them out. */
export abstract class ConnectedDataSource extends DataSource {
  abstract readonly plan: ConnectionPlan;
  /** Undefined without the option `replicas`. */
  replicas: ReplicaSet | undefined;

  /** The application shuts down: only what has begun before gets connections. */
  get isDraining(): boolean {
    return this.plan.drainingSince !== undefined;
  }

  /**
   * For a later request of whoever has written in the work in hand, which hands it in as `readAfter`.
   * Undefined if nothing was written, and without replicas.
   */
  async writeMark(): Promise<string | undefined> {
    return this.replicas?.writeMark();
  }

  /** Lets nothing new begin, and waits for what is in hand, at most `ms`. Does not close anything. */
  async drain(ms: number): Promise<DrainResult> {
    this.plan.drainingSince ??= performance.now();
    const deadline = performance.now() + ms;
    for (;;) {
      const left = { units: unitsInHand(), connections: this.connectionsHeld() };
      const isOver = left.units + left.connections === 0;
      if (isOver || performance.now() >= deadline) return left;
      await new Promise((resolve) => setTimeout(resolve, LOOKS_EACH_MS));
    }
  }

  override async destroy(): Promise<void> {
    try {
      await super.destroy();
    } finally {
      await this.replicas?.close();
      this.plan.drainingSince = undefined;
    }
  }

  protected replicate(options: DatabaseOptions): void {
    this.replicas = replicate(this, this.plan, options);
  }

  protected async openReplicas(): Promise<void> {
    await this.replicas?.open(this.pool as TenantPool);
  }

  private get pool(): TenantPool | undefined {
    return (this.driver as PostgresDriver).master as TenantPool | undefined;
  }

  private connectionsHeld(): number {
    const { pool } = this;
    const pools = [pool, pool?.systemSide, ...(this.replicas?.pools ?? [])];
    return pools.reduce(
      (sum, one) => sum + (one ? one.totalCount - one.idleCount + one.waitingCount : 0),
      0,
    );
  }
}
