import type { TransactionHealth, ReplicaHealth } from './database-health.js';

/** What one look at the database has found. */
export type Probed =
  | { readonly answers: false; readonly error: unknown }
  | {
      readonly answers: true;
      readonly latencyMs: number;
      /** It takes no writes: what is named as the primary is a standby. */
      readonly isReadOnly: boolean;
      readonly transactions?: TransactionHealth;
      readonly replicas?: readonly ReplicaHealth[];
    };

export interface Probe {
  look(): Promise<Probed>;
  close(): Promise<void>;
}

export function roundedMs(since: number): number {
  return Math.round((performance.now() - since) * 10) / 10;
}
