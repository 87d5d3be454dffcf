import { Logger } from '@nestjs/common';
import type { DatabaseHealth } from './database-health.js';
import { EmbeddedProbe } from './embedded-probe.js';
import type { HealthHost } from './health-host.js';
import { NOT_OPEN, judgedHealth } from './judged-health.js';
import { countsOf, poolsOf } from './pool-counts.js';
import type { Probe, Probed } from './probe.js';
import { within } from './probe-connection.js';
import { ServerProbe } from './server-probe.js';
import { StandingFacts } from './standing-facts.js';

export interface HealthQuestion {
  /** Look now, rather than tell what was found a moment ago. Default: false. */
  readonly fresh?: boolean;
}

/** The health of one data source, whoever asks for it and however often. */
export class HealthMonitor {
  private readonly log = new Logger('Rowguard');
  private probe: Probe | undefined;
  private standing: StandingFacts | undefined;
  private looking: Promise<Probed> | undefined;
  /** A failure is not kept: whoever asks next may be the one to see it end. */
  private last: { readonly at: number; readonly probed: Probed } | undefined;
  private lastState = 'up';

  constructor(private readonly host: HealthHost) {}

  async report({ fresh = false }: HealthQuestion = {}): Promise<DatabaseHealth> {
    if (!this.host.isOpen) return NOT_OPEN;
    const looking = this.look(fresh);
    // One after the other where both need the same session.
    if (this.host.isEmbedded) await looking;
    const [probed, lookedUp] = await Promise.all([looking, this.lookUp(fresh)]);
    if (fresh && probed.answers) await lookedUp.done;
    if (!this.host.isOpen) return NOT_OPEN;
    const pools = Object.fromEntries(
      [...poolsOf(this.host)].map(([name, pool]) => [name, countsOf(pool)]),
    );
    const standing = this.standing?.current ?? {};
    const { isDraining, options, primary } = this.host;
    // One that is still being opened is counted as used.
    const isConnected = primary.idleCount + primary.held.count > 0;
    const facts = { probed, pools, standing, isDraining, isConnected };
    const health = judgedHealth(facts, options);
    this.noteChange(health, probed, standing.isolationProblems ?? []);
    return health;
  }

  async close(): Promise<void> {
    const { probe, standing } = this;
    this.probe = undefined;
    this.standing = undefined;
    this.last = undefined;
    await Promise.all([probe?.close(), standing?.close()]);
  }

  private look(fresh: boolean): Promise<Probed> {
    if (this.looking) return this.looking;
    const { last, host } = this;
    if (!fresh && last && performance.now() - last.at < host.options.cacheMs) {
      return Promise.resolve(last.probed);
    }
    this.probe ??= host.isEmbedded
      ? new EmbeddedProbe(host.primary, host.options.timeoutMs)
      : new ServerProbe(host);
    this.looking = this.probe
      .look()
      .then((probed) => {
        if (this.probe && probed.answers) this.last = { at: performance.now(), probed };
        return probed;
      })
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** The first answer waits a little, so that it is whole; those that follow never do. */
  private async lookUp(evenIfNotDue: boolean): Promise<{ readonly done: Promise<void> }> {
    const isFirst = this.standing === undefined;
    this.standing ??= new StandingFacts(this.host, (error) => {
      this.log.debug(`health: could not look up what changes seldom: ${messageOf(error)}`);
    });
    const done = this.standing.refresh(evenIfNotDue);
    const someMs = this.host.options.timeoutMs / 2;
    if (isFirst) await within(done, someMs).catch(() => undefined);
    return { done };
  }

  /** The reply tells no detail; the log does, once for each change. */
  private noteChange(
    { status, reasons }: DatabaseHealth,
    probed: Probed,
    problems: readonly string[],
  ): void {
    const state = [status, ...reasons].join(' ');
    if (state === this.lastState) return;
    this.lastState = state;
    if (status === 'up') {
      this.log.log('health: up again');
      return;
    }
    const details = [...(probed.answers ? [] : [messageOf(probed.error)]), ...problems];
    this.log.warn(
      `health: ${status} (${reasons.join(', ')})${details.length > 0 ? `: ${details.join('; ')}` : ''}`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
