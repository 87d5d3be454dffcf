import type pg from 'pg';
import { AcquireTimeoutError } from '../errors/acquire-timeout.error.js';
import { EmbeddedEngineError } from '../errors/embedded-engine.error.js';
import { type Holders, holdersText } from './holders.js';

interface Waited {
  readonly pool: pg.Pool;
  readonly holders: Holders;
  readonly isEmbedded: boolean;
  readonly cause: Error | undefined;
}

export function acquireTimeout({ pool, holders, isEmbedded, cause }: Waited): AcquireTimeoutError {
  const { totalCount: total, idleCount: idle, waitingCount: waiting } = pool;
  return new AcquireTimeoutError({
    problem: `No connection became free within ${pool.options.connectionTimeoutMillis} ms (${total} open, ${idle} idle, ${waiting} waiting; ${holdersText(holders)})`,
    mend: isEmbedded
      ? 'The embedded engine has a single session, and some work holds it in a transaction: let it finish, or give the application a server through DATABASE_URL'
      : 'Look for transactions and query runners that are not released, or raise pool.max',
    ...(cause ? { cause } : {}),
    given: { total, idle, waiting, ...holders },
  });
}

export function singleSession(): EmbeddedEngineError {
  return new EmbeddedEngineError({
    problem:
      'This work was started inside a transaction and asks for a connection of its own, but the embedded engine has a single session, which that transaction holds',
    mend: 'Do the work before or after the transaction, or give the application a server through DATABASE_URL',
  });
}
