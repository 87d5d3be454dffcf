import type { Direction } from '../recording/recorded-migration.js';

export type MigrationStatus = 'running' | 'ok' | 'failed';

/** A migration as the database remembers it; TypeORM alone remembers only that it ran. */
export interface HistoryRow {
  readonly name: string;
  readonly timestamp: number;
  /** Its number in the history; null where it is not applied. */
  readonly id: number | null;
  readonly status: MigrationStatus | null;
  readonly direction: Direction | null;
  readonly checksum: string | null;
  readonly finishedAt: Date | null;
  readonly ms: number | null;
  readonly by: string | null;
  readonly appVersion: string | null;
  readonly approvedBy: string | null;
  readonly reason: string | null;
}

/** What is written down about one run of a migration. */
export interface HistoryEntry {
  readonly name: string;
  readonly timestamp: number;
  readonly direction: Direction;
  readonly checksum: string | null;
  readonly approvedBy?: string | undefined;
  readonly reason?: string | undefined;
}

/** It stopped half-way, where no transaction could take it back. */
export function isUnfinished(row: HistoryRow): boolean {
  return row.status === 'failed' || row.status === 'running';
}
