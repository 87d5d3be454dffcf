import type pg from 'pg';
import { ConnectionPlan } from './connection/connection-plan.js';
import type { DatabaseOptions } from './database.options.js';
import { isPooled, transportOf } from './strategy-of-options.js';

/** What our options say about connections. */
export function connectionPlanOf(options: DatabaseOptions): ConnectionPlan {
  return new ConnectionPlan({
    systemLogin: systemLogin(options),
    walls: options.tenancy.walls,
    transport: transportOf(options),
    named: !isPooled(options) && options.pool.preparedStatements > 0,
    namedPerConnection: options.pool.preparedStatements,
    mayBeAnonymous: options.audit.missingActor === 'anonymous',
    signedFor: signedFor(options),
    isSpread: options.scale === 'citus',
  });
}

/** How connections for system and schema work differ from the application's. */
function systemLogin(options: DatabaseOptions): pg.PoolConfig {
  return {
    ...(options.adminUrl === undefined ? {} : { connectionString: options.adminUrl }),
    max: options.pool.systemMax,
    min: 0,
    application_name: 'rowguard-system',
  };
}

/** Behind a pooler nobody knows which process will do the work. */
function signedFor(options: DatabaseOptions): 'process' | 'any' | undefined {
  if (options.tenancy.signed === false) return undefined;
  return isPooled(options) ? 'any' : 'process';
}
