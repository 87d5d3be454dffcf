import { Logger } from '@nestjs/common';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { AuditSeals, SealingReport } from './audit-seals.js';
import { asSystemWork } from './log-work.js';

export interface AuditSealerOptions {
  /** Between the end of one sealing and the begin of the next. Default: five seconds. */
  readonly everyMs?: number;
  /** Told what each sealing did; the place to send the anchor elsewhere. */
  readonly onSealed?: (report: SealingReport) => void | Promise<void>;
  /** Default: it is logged. Sealing goes on. */
  readonly onFailure?: (error: unknown) => void;
}

const EVERY_MS = 5_000;
const LONGEST_MS = 86_400_000;

/** Seals again and again, one sealing at a time. Any number of replicas may run one. */
export class AuditSealer {
  private readonly everyMs: number;
  private running: Promise<void> | undefined;
  private stopping = new AbortController();

  constructor(
    private readonly seals: Pick<AuditSeals, 'seal'>,
    private readonly options: AuditSealerOptions = {},
  ) {
    this.everyMs = checkedInterval(options.everyMs ?? EVERY_MS);
  }

  /** Starts at once; a second start changes nothing. */
  start(): void {
    if (this.running) return;
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    this.running = asSystemWork('sealing of the audit log', () => this.goOn(signal));
  }

  /** Resolves when the sealing in hand has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.running = undefined;
  }

  private async goOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sealOnce();
      await pause(this.everyMs, signal);
    }
  }

  private async sealOnce(): Promise<void> {
    try {
      const report = await this.seals.seal();
      await this.options.onSealed?.(report);
    } catch (error) {
      (this.options.onFailure ?? logFailure)(error);
    }
  }
}

function pause(everyMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, everyMs);
    signal.addEventListener('abort', done);
  });
}

function logFailure(error: unknown): void {
  new Logger('Rowguard').error(`the audit log was not sealed: ${(error as Error).message}`);
}

function checkedInterval(everyMs: unknown): number {
  if (typeof everyMs === 'number' && everyMs >= 1 && everyMs <= LONGEST_MS) return everyMs;
  throw new InvalidInputError({
    problem: `everyMs is no time between seals (given: ${String(everyMs).slice(0, 40)})`,
    mend: `Give milliseconds from 1 to ${LONGEST_MS}`,
  });
}
