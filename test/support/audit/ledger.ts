import { Logger } from '@nestjs/common';
import {
  type AuditCapture,
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { type OpenedSource, opened } from '../opened-source.js';
import { ScratchDatabase } from '../scratch-database.js';
import { ACME } from '../shop.js';
import {
  LedgerAccount,
  LedgerDraft,
  LedgerEntry,
  LedgerFolder,
  LedgerGroup,
  LedgerHostile,
  LedgerLine,
  LedgerOld,
  LedgerRate,
  Sketch,
} from './ledger-entities.js';

export * from './ledger-entities.js';

/** Entities of an application that has nothing of ours but the audit log. */
export const LEDGER = [
  LedgerAccount,
  LedgerEntry,
  LedgerGroup,
  LedgerFolder,
  LedgerRate,
  LedgerDraft,
  LedgerHostile,
  LedgerOld,
  Sketch,
];

/** With what only triggers can capture. */
const ENTITIES: Readonly<Record<AuditCapture, readonly Function[]>> = {
  trigger: [...LEDGER, LedgerLine],
  orm: LEDGER,
};

export const ANN = { tenantId: ACME, actorId: 'ann', requestId: 'request-1' } as const;

export interface LedgerOptions extends DatabaseModuleOptions {
  /** False: as on a server whose RETURNING does not know how a row was. */
  readonly returnsOld?: boolean;
  /** Another server than the one that all tests share. */
  readonly serverUrl?: string;
}

export interface LedgerSource extends OpenedSource<RowguardDataSource> {
  /** Starts the application anew, and ends it: in the same database, or in an engine of its own. */
  startWith(entities: readonly Function[]): Promise<void>;
}

export type OpenLedger = (options?: LedgerOptions) => Promise<LedgerSource>;

export async function openLedger({
  serverUrl,
  ...options
}: LedgerOptions = {}): Promise<LedgerSource> {
  return openOn(await ScratchDatabase.create(serverUrl), options);
}

export function openEmbeddedLedger(options: LedgerOptions = {}): Promise<LedgerSource> {
  return openOn(undefined, options);
}

async function openOn(
  database: ScratchDatabase | undefined,
  { returnsOld, ...options }: Omit<LedgerOptions, 'serverUrl'>,
): Promise<LedgerSource> {
  Logger.overrideLogger(false);
  const entities = [...ENTITIES[options.audit?.capture ?? 'trigger']];
  const place = database ? { url: database.url } : { embedded: 'memory' };
  const source = createDataSource({ ...place, entities, ...options });
  const ledger = await opened(source, database);
  const startWith = async (others: readonly Function[]) => {
    const another = createDataSource({ ...place, ...options, entities: [...others] });
    await another.initialize();
    await another.destroy();
  };
  if (source.changes && returnsOld !== undefined) Object.assign(source.changes, { returnsOld });
  return { ...ledger, startWith };
}

function written(by: AuditCapture, open: OpenLedger, more: LedgerOptions = {}): OpenLedger {
  return (options = {}) => open({ ...more, ...options, audit: { capture: by, ...options.audit } });
}

export const openOrmLedger = written('orm', openLedger);

/** Where the log is the same, whoever writes it. */
export const LEDGER_PLACES = [
  ['a server', openLedger],
  ['the embedded engine', openEmbeddedLedger],
] as const;

/** As its version of PostgreSQL does it, and as an older one would. */
export const ORM_SERVERS = [
  ['a server', openOrmLedger],
  ['a server that returns no old rows', written('orm', openLedger, { returnsOld: false })],
] as const;

export const ORM_PLACES = [
  ...ORM_SERVERS,
  ['the embedded engine', written('orm', openEmbeddedLedger)],
] as const;

/** Each writer of the log in each place where it works differently. */
export const LEDGER_MODES = [
  ...LEDGER_PLACES.map(([where, open]) => ['trigger', where, open] as const),
  ...ORM_PLACES.map(([where, open]) => ['orm', where, open] as const),
];

export function asAnn<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.run(ANN, work);
}
