import type pg from 'pg';
import { isConfined } from '../context/own-selects.js';
import type { Scope } from '../context/tenant-scope.js';
import type { Walls } from '../context/walls.js';
import type { CachedStatement } from '../sql/statement-cache.js';
import { reservedSetting } from '../sql/statement-reading.js';
import { MOST_PARAMETERS, refused, tooManyParameters } from './statement-request.js';

/** Throws where this statement may not be sent for this scope; before anything is sent. */
export function refuseStatement(
  statement: CachedStatement,
  scope: Scope,
  request: pg.QueryConfig,
  walls: Walls,
): void {
  if ((request.values?.length ?? 0) > MOST_PARAMETERS) throw tooManyParameters(request);
  if (scope.kind === 'system') {
    const reserved = reservedSetting(request.text);
    if (reserved) throw refused(reserved);
    return;
  }
  if (statement.refusal) throw refused(statement.refusal);
  if (walls.policies || statement.kind !== 'data') return;
  if (!isConfined(request.text, request.values)) {
    throw refused('row-level security is off here, and nothing else could confine raw SQL');
  }
}
