import type { CachedStatement } from '../../sql/statement-cache.js';
import { readSql } from '../../sql/sql-text.js';
import { nameOf } from '../../sql/written-tables.js';

export type StatementAttributes = Readonly<Record<string, string>>;

/** What else a text begins with is told to nobody: it could be anything. */
const OPERATIONS = new Set(
  `SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE SHOW LOCK CALL DECLARE FETCH MOVE CLOSE SET EXPLAIN
   BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE VACUUM ANALYZE REFRESH TRUNCATE CREATE ALTER DROP`.split(
    /\s+/,
  ),
);
/** A text this long is told anew each time, since no cache keeps it: its beginning has to do. */
const LONG = 16_384;
const BEGINNING = 4_096;
const FIRST_WORD = /^[\s(;]*([a-z]+)/i;
const NAME = '(?:"(?:[^"]|"")+"|[a-z_][\\w$]*)';
const FIRST_TABLE = new RegExp(
  `\\b(?:from|into|update)\\s+(?:only\\s+)?((?:${NAME}\\s*\\.\\s*)*)(${NAME})`,
  'i',
);

/**
 * The attributes of each statement, read from its text once. Never the tenant: each would be a time
 * series of its own, and who the customers are is nothing for a metrics store.
 */
export class StatementNaming {
  private readonly known = new WeakMap<CachedStatement, StatementAttributes>();
  private tables: ReadonlySet<string> | undefined;

  constructor(
    private readonly namespace: () => string | undefined,
    private readonly tablesOfEntities: () => readonly string[],
  ) {}

  attributesOf(statement: CachedStatement, text: string): StatementAttributes {
    let attributes = this.known.get(statement);
    if (!attributes) {
      attributes = Object.freeze(this.read(text));
      this.known.set(statement, attributes);
    }
    return attributes;
  }

  private read(text: string): StatementAttributes {
    const namespace = this.namespace();
    const { withoutLiterals } = readSql(text.length > LONG ? text.slice(0, BEGINNING) : text);
    const operation = FIRST_WORD.exec(withoutLiterals)?.[1]?.toUpperCase() ?? '';
    const table = nameOf(FIRST_TABLE.exec(withoutLiterals)?.[2] ?? '');
    this.tables ??= new Set(this.tablesOfEntities());
    return {
      'db.system.name': 'postgresql',
      ...(namespace === undefined ? {} : { 'db.namespace': namespace }),
      ...(OPERATIONS.has(operation) ? { 'db.operation.name': operation } : {}),
      ...(this.tables.has(table) ? { 'db.collection.name': table } : {}),
    };
  }
}

/** How a failure is counted: by the code that the server gave it, never by its message. */
export function failureAttributes(error: unknown): StatementAttributes {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const type = typeof code === 'string' ? code : typeof name === 'string' ? name : '_OTHER';
  const isSqlState = /^[0-9A-Z]{5}$/.test(type) && /\d/.test(type);
  return { 'error.type': type, ...(isSqlState ? { 'db.response.status_code': type } : {}) };
}
