import type { ReplicaHealth, TransactionHealth } from './database-health.js';
import type { HealthHost } from './health-host.js';
import { replicaName } from './pool-counts.js';
import { type Probe, type Probed, roundedMs } from './probe.js';
import { ProbeConnection } from './probe-connection.js';

const NAME = 'rowguard-health';

interface Position {
  readonly isStandby: boolean;
  /** Bytes of the log that are written, or on a standby applied, since its beginning. */
  readonly position: string | null;
}

const POSITION = `select pg_is_in_recovery() as "isStandby", (case when pg_is_in_recovery()
  then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0'::pg_lsn)::text as position`;
/** Where nothing has to be compared, nothing is asked that a hosted server might refuse. */
const IS_STANDBY = `select pg_is_in_recovery() as "isStandby", null as position`;

/** Asks a server over connections of its own: one to the primary, one to each replica. */
export class ServerProbe implements Probe {
  private readonly primary: ProbeConnection;
  private readonly replicas: readonly ProbeConnection[];

  constructor(private readonly host: HealthHost) {
    const { primary, replicas } = host;
    this.primary = new ProbeConnection(() => primary.outside(NAME));
    this.replicas = replicas.map((pool) => new ProbeConnection(() => pool.outside(NAME)));
  }

  async look(): Promise<Probed> {
    const { timeoutMs } = this.host.options;
    const begun = performance.now();
    const standbys = Promise.all(this.replicas.map((one) => askPosition(one, timeoutMs)));
    try {
      const [here] = await this.primary.ask<Position>(
        this.replicas.length > 0 ? POSITION : IS_STANDBY,
        timeoutMs,
      );
      const latencyMs = roundedMs(begun);
      const leftMs = Math.max(1, timeoutMs - latencyMs);
      const transactions = await this.transactions(leftMs).catch(() => undefined);
      const replicas = (await standbys).map((there, at) => healthOf(at, here, there));
      return {
        answers: true,
        latencyMs,
        isReadOnly: here?.isStandby ?? false,
        ...(transactions ? { transactions } : {}),
        ...(replicas.length > 0 ? { replicas } : {}),
      };
    } catch (error) {
      return { answers: false, error };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.primary, ...this.replicas].map((one) => one.close()));
  }

  private async transactions(withinMs: number): Promise<TransactionHealth | undefined> {
    const { longTransactionS, idleInTransactionS } = this.host.options;
    const [found] = await this.primary.ask<TransactionHealth>(
      `select count(*) filter (where age > ${longTransactionS})::int as long,
         coalesce(floor(max(age)), 0)::int as "oldestSeconds",
         count(*) filter (where idle > ${idleInTransactionS})::int as idle,
         coalesce(floor(max(idle)), 0)::int as "oldestIdleSeconds"
       from (select ${age('xact_start')} as age,
           case when state like 'idle in transaction%' then ${age('state_change')} end as idle
         from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
           and backend_type = 'client backend' and xact_start is not null) as open`,
      withinMs,
    );
    return found;
  }
}

function age(since: string): string {
  return `extract(epoch from clock_timestamp() - ${since})`;
}

async function askPosition(
  replica: ProbeConnection,
  withinMs: number,
): Promise<Position | undefined> {
  const [answer] = await replica.ask<Position>(POSITION, withinMs).catch(() => []);
  return answer;
}

/** Undefined: it does not answer. One that is no standby has everything, or is none of ours. */
export function healthOf(
  at: number,
  primary: Pick<Position, 'position'> | undefined,
  replica: Position | undefined,
): ReplicaHealth {
  const name = replicaName(at);
  if (!replica) return { name, status: 'down', lagBytes: null };
  return { name, status: 'up', lagBytes: lagBytes(primary?.position, replica) };
}

function lagBytes(
  written: string | null | undefined,
  { isStandby, position }: Position,
): number | null {
  if (!isStandby || position === null || written === null || written === undefined) return null;
  // Asked at the same time: what was applied may be newer than what the primary answered.
  return Math.max(0, Number(BigInt(written) - BigInt(position)));
}
