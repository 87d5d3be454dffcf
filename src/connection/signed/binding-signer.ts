import { hash } from 'node:crypto';
import { ANY_PROCESS, BINDING_REFUSED, SEAL_SECONDS } from '../../context/binding-terms.js';
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
  /** A seal was refused: the keys may be others by now. */
  private isDoubted = false;

  constructor(
    /** A pooler changes the process below a connection, so that a seal cannot name it. */
    readonly namesProcess: boolean,
    readonly periods: SignerPeriods = PERIODS,
  ) {}

  /** Says that the connection acts for the tenant. */
  seal(tenantId: string, session: SignedSession): string {
    session.key ??= this.key();
    const process = this.namesProcess ? session.process : '';
    if (process === undefined) throw noProcess();
    const until = `${Math.floor(this.now()) + SEAL_SECONDS}${this.namesProcess ? '' : ANY_PROCESS}`;
    return until + hmac(session.key, `${tenantId}.${until}.${process}`);
  }

  /** Undefined: go on. Else the keys are so old that the work should wait. */
  freshen(): Promise<void> | undefined {
    const isInDoubt = this.isDoubted || this.ring.keys.length === 0;
    const age = isInDoubt ? Number.POSITIVE_INFINITY : performance.now() - this.readAt;
    if (age < this.periods.freshMs || !this.read) return undefined;
    const reading = this.renew();
    if (age >= this.periods.staleMs) return reading;
    // The keys in hand are still good; whoever needs others will hear of it.
    reading.catch(() => undefined);
    return undefined;
  }

  /** Reads the keys now; those who ask at the same time share the answer. */
  renew(): Promise<void> {
    this.isDoubted = false;
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /**
   * True if the database refused a seal, and newer keys may be the answer. Where the statement
   * cannot be sent again, whoever comes next waits for them.
   */
  mayMend(error: Error | null): boolean {
    const isRefused = (error as { code?: string } | null)?.code === BINDING_REFUSED;
    this.isDoubted ||= isRefused;
    return isRefused && this.read !== undefined;
  }

  private async readNow(): Promise<void> {
    const ring = await this.read?.();
    if (ring) this.take(ring);
  }

  take(ring: KeyRing): void {
    this.ring = { ...ring, keys: ring.keys.toSorted((one, other) => other.id - one.id) };
    this.readAt = performance.now();
  }

  /** By the clock of the server, whatever ours shows. */
  private now(): number {
    return this.ring.now + (performance.now() - this.readAt) / 1_000;
  }

  /** The newest that everybody knows; one that is newer only where no other is left. */
  private key(): BindingKey {
    const now = this.now();
    const { keys } = this.ring;
    const isValid = ({ expiresAt }: BindingKey) => expiresAt === undefined || expiresAt > now;
    const isKnown = (key: BindingKey) =>
      isValid(key) && now - key.createdAt >= this.periods.knownSeconds;
    const chosen = keys.find(isKnown) ?? keys.findLast(isValid) ?? keys[0];
    if (chosen) return chosen;
    throw new BindingRefusedError({
      problem: 'There is no key to sign the binding with',
      mend: 'Start the data source before tenants use it; the first start creates a key',
    });
  }
}

/** In two calls: an object for each hash would cost more, above all when it is collected. */
function hmac({ innerPad, outerPad }: BindingKey, said: string): string {
  const inner = hash('sha256', Buffer.concat([innerPad, Buffer.from(said)]), 'buffer');
  return hash('sha256', Buffer.concat([outerPad, inner]), 'hex');
}

function noProcess(): BindingRefusedError {
  return new BindingRefusedError({
    problem: 'The connection does not know the process of the server that it talks to',
    mend: "Take connections from the data source; behind a pooler use strategy: 'pooler'",
  });
}
