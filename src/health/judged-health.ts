import { getSqlState } from '../errors/violations.js';
import type { DatabaseHealth, HealthReason, PoolCounts } from './database-health.js';
import { type HealthOptions, mostHoursOf } from './health-options.js';
import type { Probed } from './probe.js';
import type { Standing } from './standing-facts.js';

export interface HealthFacts {
  readonly probed: Probed;
  readonly pools: Readonly<Record<string, PoolCounts>>;
  readonly standing: Standing;
  readonly isDraining: boolean;
  /** Work of the application has connections, whether new ones can be made or not. */
  readonly isConnected: boolean;
}

const TOO_MANY_CONNECTIONS = '53300';
const MEANS_DOWN: readonly HealthReason[] = ['not-open', 'no-answer', 'draining', 'not-isolated'];

const MESSAGES: Partial<Record<HealthReason, string>> = {
  'not-open': 'The data source is not open',
  'no-answer': 'The database does not answer',
  draining: 'This process is about to end',
  'not-isolated': 'The database would not keep tenants apart',
};

export const NOT_OPEN: DatabaseHealth = {
  status: 'down',
  reasons: ['not-open'],
  message: 'The data source is not open',
};

/** Holds what was found against what is allowed. */
export function judgedHealth(facts: HealthFacts, options: HealthOptions): DatabaseHealth {
  const { probed, pools, standing, isDraining, isConnected } = facts;
  const reasons: HealthReason[] = [
    ...(probed.answers ? [] : [reasonOfSilence(probed.error, isConnected)]),
    ...(isDraining ? (['draining'] as const) : []),
    ...reasonsOfStanding(standing, options),
    ...(probed.answers ? reasonsOfProbe(probed, options) : []),
    ...(Object.values(pools).some(({ waiting }) => waiting > options.maxWaiting)
      ? (['pool-waiting'] as const)
      : []),
  ];
  const down = reasons.find((one) => MEANS_DOWN.includes(one));
  const message = down === undefined ? undefined : MESSAGES[down];
  return {
    status: down === undefined ? (reasons.length > 0 ? 'degraded' : 'up') : 'down',
    reasons,
    ...(message === undefined ? {} : { message }),
    ...(probed.answers ? told(probed) : {}),
    pools,
    ...toldOfStanding(standing, options),
  };
}

/** A server that takes no more connections is there, and serves those that are open. */
function reasonOfSilence(error: unknown, isConnected: boolean): 'no-answer' | 'server-full' {
  const isFull = getSqlState(error) === TOO_MANY_CONNECTIONS;
  return isFull && isConnected ? 'server-full' : 'no-answer';
}

function reasonsOfProbe(
  { isReadOnly, transactions, replicas = [] }: Probed & { answers: true },
  { maxReplicaLagBytes }: HealthOptions,
): HealthReason[] {
  const found: HealthReason[] = [];
  if (isReadOnly) found.push('read-only');
  if (transactions && transactions.long > 0) found.push('long-transactions');
  if (transactions && transactions.idle > 0) found.push('idle-in-transaction');
  if (replicas.some(({ status }) => status === 'down')) found.push('replica-down');
  if (replicas.some(({ lagBytes }) => (lagBytes ?? 0) > maxReplicaLagBytes))
    found.push('replica-lag');
  return found;
}

function reasonsOfStanding(
  { migrations, isolationProblems = [], backupAgeHours }: Standing,
  { backup }: HealthOptions,
): HealthReason[] {
  const found: HealthReason[] = [];
  if (isolationProblems.length > 0) found.push('not-isolated');
  if (migrations && migrations.pending > 0) found.push('migrations-pending');
  if (migrations && migrations.failed > 0) found.push('migrations-failed');
  if (!backup || backupAgeHours === undefined) return found;
  if (backupAgeHours === null) found.push('backup-unknown');
  else if (backupAgeHours > mostHoursOf(backup)) found.push('backup-old');
  return found;
}

/** Field by field: what is not listed does not get out. */
function told({
  latencyMs,
  transactions,
  replicas,
}: Probed & { answers: true }): Pick<DatabaseHealth, 'latencyMs' | 'transactions' | 'replicas'> {
  return {
    latencyMs,
    ...(replicas ? { replicas } : {}),
    ...(transactions ? { transactions } : {}),
  };
}

function toldOfStanding(
  { migrations, isolationProblems, backupAgeHours }: Standing,
  { backup }: HealthOptions,
): Pick<DatabaseHealth, 'migrations' | 'isolation' | 'backup'> {
  const isolation = isolationProblems?.length === 0 ? 'held' : 'broken';
  return {
    ...(migrations ? { migrations } : {}),
    ...(isolationProblems ? { isolation } : {}),
    ...(backup && backupAgeHours !== undefined ? { backup: { ageHours: backupAgeHours } } : {}),
  };
}
