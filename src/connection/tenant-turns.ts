/** One request for a connection. */
export interface Turn {
  /** Whose it is: a tenant, or one name for all others. */
  readonly key: string;
  /** Whether the tenant's cap is for it. */
  readonly isCapped: boolean;
  /** Called when it is its turn, at once or later. */
  start(): void;
}

/**
 * Who may take a connection of a pool next. As long as some are free, everybody, up to the cap of a
 * tenant. Where they have to wait, tenants take turns, and the requests of one tenant keep their order.
 */
export class TenantTurns {
  private taken = 0;
  private readonly takenBy = new Map<string, number>();
  /** In the order of their next turns. */
  private readonly queues = new Map<string, Turn[]>();

  constructor(
    private readonly most: number,
    private readonly mostOfOne: number | undefined,
  ) {}

  get waiting(): number {
    let waiting = 0;
    for (const queue of this.queues.values()) waiting += queue.length;
    return waiting;
  }

  waitingOf(key: string): number {
    return (this.queues.get(key)?.length ?? 0) + (this.queues.get(nested(key))?.length ?? 0);
  }

  /** False: it has to wait. */
  take(turn: Turn): boolean {
    // Whoever waits while there is room waits for the cap of its own tenant.
    if (this.taken < this.most && this.isBelowCap(turn)) {
      this.begin(turn);
      return true;
    }
    const key = queueOf(turn);
    const queue = this.queues.get(key);
    if (queue) queue.push(turn);
    else this.queues.set(key, [turn]);
    return false;
  }

  /** It does not want its turn any more. */
  leave(turn: Turn): void {
    const key = queueOf(turn);
    const queue = this.queues.get(key);
    const at = queue?.indexOf(turn) ?? -1;
    if (queue && at >= 0) queue.splice(at, 1);
    if (queue?.length === 0) this.queues.delete(key);
  }

  /** What it took is there for others. */
  giveBack({ key }: Turn): void {
    this.taken--;
    if (this.mostOfOne !== undefined) {
      const left = (this.takenBy.get(key) ?? 1) - 1;
      if (left > 0) this.takenBy.set(key, left);
      else this.takenBy.delete(key);
    }
    while (this.queues.size > 0 && this.taken < this.most) {
      const next = this.next();
      if (!next) return;
      this.begin(next);
    }
  }

  private begin(turn: Turn): void {
    this.taken++;
    if (this.mostOfOne !== undefined)
      this.takenBy.set(turn.key, (this.takenBy.get(turn.key) ?? 0) + 1);
    turn.start();
  }

  private next(): Turn | undefined {
    for (const [key, queue] of this.queues) {
      const turn = queue[0];
      if (!turn || !this.isBelowCap(turn)) continue;
      queue.shift();
      this.queues.delete(key);
      if (queue.length > 0) this.queues.set(key, queue);
      return turn;
    }
    return undefined;
  }

  private isBelowCap({ key, isCapped }: Turn): boolean {
    if (this.mostOfOne === undefined || !isCapped) return true;
    return (this.takenBy.get(key) ?? 0) < this.mostOfOne;
  }
}

/** What is past the cap does not stand behind what waits for it. */
function queueOf({ key, isCapped }: Turn): string {
  return isCapped ? key : nested(key);
}

function nested(key: string): string {
  return `${key}+`;
}
