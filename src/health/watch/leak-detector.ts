import type { HeldConnection } from '../../connection/held-connections.js';
import type { TenantPool } from '../../connection/tenant-pool.js';
import { placeInCode } from './place-in-code.js';

const MOST_LOOKS_A_LEAK = 4;
const SHORTEST_PAUSE_MS = 25;

/** Warns of connections that are held for too long: once, and again when they come back. */
export class LeakDetector {
  private readonly told = new WeakSet<Error>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly pools: () => ReadonlyMap<string, TenantPool>,
    private readonly warn: (text: string) => void,
  ) {}

  begin(): void {
    const pause = Math.max(SHORTEST_PAUSE_MS, Math.floor(this.limitMs / MOST_LOOKS_A_LEAK));
    this.timer = setInterval(() => this.look(), pause);
    this.timer.unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  returned(heldMs: number, where: Error | undefined): void {
    if (!where || !this.told.has(where)) return;
    this.warn(`a connection came back after ${Math.round(heldMs)} ms; ${takenAt(where)}`);
  }

  private look(): void {
    const now = performance.now();
    for (const [name, pool] of this.pools()) {
      for (const held of pool.held.list()) {
        // The oldest come first.
        if (now - held.since < this.limitMs) break;
        this.tell(name, held, now);
      }
    }
  }

  private tell(pool: string, { taken, since }: HeldConnection, now: number): void {
    if (!taken || this.told.has(taken)) return;
    this.told.add(taken);
    this.warn(
      `a connection of the pool "${pool}" has been held for ${Math.round(now - since)} ms, longer than pool.leakMs (${this.limitMs}); ${takenAt(taken)}`,
    );
  }
}

function takenAt(where: Error): string {
  return `it was taken at ${placeInCode(where.stack) ?? 'a place that its stack does not reach'}`;
}
