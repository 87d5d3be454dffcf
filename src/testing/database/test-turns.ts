import { AsyncLocalStorage } from 'node:async_hooks';
import { TestDatabaseError } from '../../errors/test-database.error.js';
import type { Isolated, Isolation } from './isolation.js';

/** Isolated tests on one database, one after the other. */
export class TestTurns {
  private readonly inside = new AsyncLocalStorage<true>();
  private last: Promise<unknown> = Promise.resolve();
  private begun: Isolated | undefined;
  private isBeginning = false;

  constructor(private readonly isolation: Isolation) {}

  /** Whether the code in hand, or a hook, has opened a test. */
  get isOpen(): boolean {
    return this.begun !== undefined || this.inside.getStore() === true;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => this.one(work));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** For hooks, which cannot wrap the test. */
  async begin(): Promise<void> {
    if (this.begun || this.isBeginning) throw stillOpen();
    this.isBeginning = true;
    try {
      await this.last;
      this.begun = await this.isolation.begin();
    } finally {
      this.isBeginning = false;
    }
  }

  async end(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    await begun?.end();
  }

  private async one<T>(work: () => Promise<T>): Promise<T> {
    const isolated = await this.isolation.begin();
    try {
      return await this.inside.run(true, () => isolated.run(work));
    } finally {
      await isolated.end();
    }
  }
}

function stillOpen(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'The test before has not ended on this database',
    mend: 'Call endTest() after each beginTest(); tests that run at the same time need a database each, or isolate(() => …)',
  });
}
