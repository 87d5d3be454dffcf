import { createHmac } from 'node:crypto';
import { ANY_PROCESS, BINDING_REFUSED } from '../../context/binding-terms.js';
import { BindingRefusedError } from '../../errors/binding-refused.error.js';
import type { BindingKey, KeyRing } from './binding-key.js';
import type { SignedSession } from './signed-session.js';

export interface SignerPeriods {
  /** From then on the keys are read again beside the work. */
  readonly freshMs: number;
  /** From then on the work waits for that. */
  readonly staleMs: number;
  /** How old a key has to be before it is used: all that verify have to know it first. */
  readonly knownSeconds: number;
}

const PERIODS: SignerPeriods = { freshMs: 10_000, staleMs: 60_000, knownSeconds: 30 };

/** Knows the keys of the database, and seals with one of them whom a statement acts for. */
export class BindingSigner {
  /** Reads the keys with the rights of the owner; set by whoever has them. */
  read: (() => Promise<KeyRing>) | undefined;
  private ring: KeyRing = { keys: [], now: 0 };
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(
    /** A pooler changes the process below a connection, so that a seal cannot name it. */
    readonly namesProcess: boolean,
    readonly periods: SignerPeriods = PERIODS,
  ) {}

  /** Says that the connection acts for the tenant: `tenant.issued.key.process.hash`. */
  seal(tenantId: string, session: SignedSession): string {
    session.key ??= this.key();
    const process = this.namesProcess ? session.process : ANY_PROCESS;
    if (process === undefined) throw noProcess();
    const said = `${tenantId}.${Math.floor(this.now())}.${session.key.id}.${process}`;
    return `${said}.${createHmac('sha256', session.key.secret).update(said).digest('hex')}`;
  }

  /** Undefined: go on. Else the keys are so old that the work should wait. */
  freshen(): Promise<void> | undefined {
    const age = performance.now() - this.readAt;
    if (age < this.periods.freshMs || !this.read) return undefined;
    const reading = this.renew();
    if (age >= this.periods.staleMs) return reading;
    // The keys in hand are still good; whoever needs others will hear of it.
    reading.catch(() => undefined);
    return undefined;
  }

  /** Reads the keys now; those who ask at the same time share the answer. */
  renew(): Promise<void> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** True if the database refused a seal, and newer keys may be the answer. */
  mayMend(error: Error | null): boolean {
    return this.read !== undefined && (error as { code?: string } | null)?.code === BINDING_REFUSED;
  }

  private async readNow(): Promise<void> {
    const ring = await this.read?.();
    if (ring) this.take(ring);
  }

  take(ring: KeyRing): void {
    this.ring = ring;
    this.readAt = performance.now();
  }

  /** By the clock of the server, whatever ours shows. */
  private now(): number {
    return this.ring.now + (performance.now() - this.readAt) / 1_000;
  }

  /** The newest that everybody knows; one that is newer only where no other is left. */
  private key(): BindingKey {
    const now = this.now();
    const valid = this.ring.keys
      .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
      .toSorted((one, other) => other.id - one.id);
    const known = valid.find(({ createdAt }) => now - createdAt >= this.periods.knownSeconds);
    const chosen = known ?? valid.at(-1) ?? this.ring.keys.at(-1);
    if (chosen) return chosen;
    throw new BindingRefusedError({
      problem: 'There is no key to sign the binding with',
      mend: 'Start the data source before tenants use it; the first start creates a key',
    });
  }
}

function noProcess(): BindingRefusedError {
  return new BindingRefusedError({
    problem: 'The connection does not know the process of the server that it talks to',
    mend: "Take connections from the data source; behind a pooler use strategy: 'pooler'",
  });
}
