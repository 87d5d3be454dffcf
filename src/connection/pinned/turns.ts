import { AsyncResource } from 'node:async_hooks';
import { AcquireTimeoutError } from '../../errors/acquire-timeout.error.js';

/** A part of the shared transaction that ends on its own; whoever may speak while it is open. */
export interface Level {
  admits(seat: object): boolean;
}

interface Waiting {
  readonly mayGo: () => boolean;
  readonly go: () => void;
}

/**
 * Who may speak on a connection that many share: one statement at a time, and while somebody's
 * transaction is open only that one, and what was started inside of it.
 */
export class Turns {
  private readonly levels: Level[] = [];
  private waiting: Waiting[] = [];
  private isBusy = false;

  constructor(private readonly patienceMs: number) {}

  get innermost(): Level | undefined {
    return this.levels.at(-1);
  }

  open(level: Level): void {
    this.levels.push(level);
  }

  /** Those inside go with it: the database has ended them as well. */
  close(level: Level): void {
    const at = this.levels.indexOf(level);
    if (at >= 0) this.levels.splice(at);
    this.wake();
  }

  closeAll(): void {
    this.levels.length = 0;
    this.wake();
  }

  async take<T>(seat: object, work: () => Promise<T>): Promise<T> {
    const mayGo = () => !this.isBusy && (this.innermost?.admits(seat) ?? true);
    if (!mayGo()) await this.wait(mayGo, (mine) => this.waiting.push(mine));
    return this.speak(work);
  }

  /** Closes a level by `work`, before anybody who waits: a level that opens now would go with it. */
  async end<T>(level: Level, work: () => Promise<T>): Promise<T> {
    const at = this.levels.indexOf(level);
    if (at >= 0) this.levels.splice(at);
    if (this.isBusy) {
      await this.wait(
        () => !this.isBusy,
        (mine) => this.waiting.unshift(mine),
      );
    }
    return this.speak(work);
  }

  private async speak<T>(work: () => Promise<T>): Promise<T> {
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.isBusy = false;
      this.wake();
    }
  }

  private wait(mayGo: () => boolean, enqueue: (mine: Waiting) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((one) => one !== mine);
        reject(tooLong(this.patienceMs));
      }, this.patienceMs);
      const go = () => {
        clearTimeout(timer);
        // Taken for it at once: its own continuation comes later, and another one could slip in.
        this.isBusy = true;
        resolve();
      };
      const mine: Waiting = { mayGo: AsyncResource.bind(mayGo), go };
      enqueue(mine);
    });
  }

  private wake(): void {
    const at = this.waiting.findIndex((one) => one.mayGo());
    if (at >= 0) this.waiting.splice(at, 1)[0]?.go();
  }
}

function tooLong(patienceMs: number): AcquireTimeoutError {
  return new AcquireTimeoutError({
    problem: `This work has waited ${patienceMs} ms for a transaction of other work; in a test that is rolled back both share one connection`,
    mend: 'Use the manager of that transaction, end it first, or give the test a database of its own with isolation: "template"',
  });
}
