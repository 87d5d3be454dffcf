/** What TypeORM and PostgreSQL tell of the values of a failed statement. */
const TELLING = ['parameters', 'detail', 'where', 'internalQuery'];
const DEEPEST_CAUSE = 5;

/** The same error without the values of the statement: here they are hashes and tokens. */
export function withoutValues(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE; depth++) {
    if (typeof current !== 'object' || current === null) break;
    const told = current as Record<string, unknown>;
    for (const name of TELLING) if (name in told) told[name] = undefined;
    current = told['driverError'] ?? told['cause'];
  }
  return error;
}
