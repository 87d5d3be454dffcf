import type { AuditOperation, RowguardDataSource } from 'nestjs-rowguard';
import { AuditRefusedError, EntityRefusedError, StatementRefusedError } from 'nestjs-rowguard';
import type { Repository } from 'typeorm';
import type { LedgerAccount, LedgerEntry, LedgerGroup } from './ledger.js';

/** What is there before each path: two accounts, the first with an entry, and a group. */
export interface Written {
  readonly source: RowguardDataSource;
  readonly accounts: Repository<LedgerAccount>;
  readonly entries: Repository<LedgerEntry>;
  readonly one: LedgerAccount;
  readonly two: LedgerAccount;
  readonly entry: LedgerEntry;
  readonly group: LedgerGroup;
  /** Starts the application anew on the same place, with these entities. */
  startWith(entities: readonly Function[]): Promise<void>;
  /** Past the walls, as whoever owns the tables. */
  asOwner<T>(work: () => Promise<T>): Promise<T>;
}

export type Told = readonly [op: AuditOperation, table: string];

const REFUSALS = [AuditRefusedError, EntityRefusedError, StatementRefusedError] as const;

type Refusal = (typeof REFUSALS)[number];

export type WritePath = readonly [
  name: string,
  write: (written: Written) => Promise<unknown>,
  /** The rows that triggers leave in the log. */
  byTrigger: readonly Told[],
  /** Those that the application leaves, or how it says that it cannot. */
  byOrm: readonly Told[] | Refusal,
  /** How it says so where the server does not tell how a row was. */
  byOrmWithoutOld?: Refusal,
];

type Write = WritePath[1];

/** Both writers see it. */
export function alike(name: string, write: Write, told: readonly Told[]): WritePath {
  return [name, write, told, told];
}

/** Both see it, the application only where PostgreSQL tells how a row was. */
export function knownByOld(name: string, write: Write, told: readonly Told[]): WritePath {
  return [name, write, told, told, AuditRefusedError];
}

/** Only triggers see it. */
export function unseen(
  name: string,
  write: Write,
  told: readonly Told[],
  refusal: Refusal = AuditRefusedError,
): WritePath {
  return [name, write, told, refusal];
}

/** The name of the refusal that an error is; any other error comes out again. */
export function refusalIn(error: unknown): string {
  const refusal = REFUSALS.find((one) => error instanceof one);
  if (!refusal) throw error;
  return refusal.name;
}
