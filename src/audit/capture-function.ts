import { createHash } from 'node:crypto';
import { quoteLiteral, quoteName } from '../schema/sql.js';
import { qualified } from '../schema/table-plan.js';
import { CONTEXT_FUNCTION } from './audit-functions.js';
import type { AuditPlan } from './audit-plan.js';
import { ColumnCapture, type LiveColumn } from './column-capture.js';
import type { DatabaseFunction } from './database-function.js';

/** Names inside the functions: a column that is called so would be a strange one. */
export const OLD_ROWS = '"rowguard old"';
export const NEW_ROWS = '"rowguard new"';
const PLACE = '"rowguard place"';
const BEFORE = '"rowguard before"';
const AFTER = '"rowguard after"';
const ROW = '"rowguard row"';
const DONE = '"rowguard done"';
const WHO = '"rowguard who"';
const NIL = '00000000-0000-0000-0000-000000000000';
const LONGEST_NAME = 63;
const MOST_ARGUMENTS = 90;

export const CAPTURE_PREFIX = 'rowguard_capture_';

/** The one function of an audited table, which its four triggers call. */
export function captureFunction(
  plan: AuditPlan,
  columns: readonly LiveColumn[],
  logSchema: string,
): DatabaseFunction {
  return {
    schema: plan.schema,
    name: captureName(plan.table),
    parameters: '',
    returns: 'trigger',
    volatility: 'VOLATILE',
    asAuditRole: true,
    body: new CaptureBody(plan, columns, logSchema).text(),
    callableBy: [],
  };
}

export function captureName(table: string): string {
  const name = `${CAPTURE_PREFIX}${table}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 12);
  // Cut by bytes, and whole characters only: a name is UTF-8 as everything else.
  const head = Buffer.from(name).subarray(0, LONGEST_NAME - hash.length - 1);
  return `${head.toString('utf8').replace(/\uFFFD+$/, '')}_${hash}`;
}

/** Set-based: one INSERT for a whole statement, however many rows it changed. */
class CaptureBody {
  private readonly log: string;
  private readonly recorded: readonly (readonly [LiveColumn, ColumnCapture])[];

  constructor(
    private readonly plan: AuditPlan,
    columns: readonly LiveColumn[],
    private readonly logSchema: string,
  ) {
    this.log = `${quoteName(logSchema)}.audit_logs`;
    this.recorded = columns
      .filter((column) => !plan.exclude.includes(column.name))
      .map((column) => [column, new ColumnCapture(column, plan.mask.includes(column.name))]);
  }

  text(): string {
    const branches = `
  IF TG_OP = 'UPDATE' THEN
    ${this.insert(this.updates())};
  ELSIF TG_OP = 'INSERT' THEN
    ${this.insert(this.inserts())};
  ELSIF TG_OP = 'DELETE' THEN
    ${this.insert(this.deletes())};
  ELSE
    ${this.truncation()};
  END IF;`;
    return `
#variable_conflict use_column
DECLARE
  ${WHO} record := ${quoteName(this.logSchema)}.${CONTEXT_FUNCTION}();
BEGIN${this.plan.onError === 'warn' ? this.forgiven(branches) : branches}
  RETURN NULL;
END`;
  }

  private forgiven(branches: string): string {
    const what = quoteLiteral(
      `a change of ${this.plan.table} was not audited (%)`.replace(/%(?!\))/g, '%%'),
    );
    return `
  BEGIN${branches}
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING ${what}, SQLSTATE;
  END;`;
  }

  private updates(): string {
    // Both tables hold the rows of the statement in the same order; a join by key would lose a changed key.
    const numbered = (rows: string) => `(SELECT *, row_number() OVER () AS ${PLACE} FROM ${rows})`;
    const changes = this.recorded.map(([, one]) => one.changed(BEFORE, AFTER));
    return `SELECT ${this.tenant(AFTER)} AS tenant, ${this.operation()} AS op, ${this.key(AFTER)} AS pk, ${json(changes)} AS diff
      FROM ${numbered(OLD_ROWS)} AS ${BEFORE} JOIN ${numbered(NEW_ROWS)} AS ${AFTER} ON ${BEFORE}.${PLACE} = ${AFTER}.${PLACE}
      ${this.onlyIfRelevant()}OFFSET 0`;
  }

  private inserts(): string {
    return this.whole(
      NEW_ROWS,
      'insert',
      this.recorded.map(([, one]) => one.appeared(ROW)),
    );
  }

  private deletes(): string {
    return this.whole(
      OLD_ROWS,
      'delete',
      this.recorded.map(([, one]) => one.vanished(ROW)),
    );
  }

  private whole(rows: string, op: string, cells: readonly string[]): string {
    return `SELECT ${this.tenant(ROW)} AS tenant, '${op}' AS op, ${this.key(ROW)} AS pk, ${json(cells)} AS diff
      FROM ${rows} AS ${ROW} OFFSET 0`;
  }

  private operation(): string {
    const column = this.plan.deletedColumn;
    if (column === undefined) return `'update'`;
    const [before, after] = [BEFORE, AFTER].map((row) => `${row}.${quoteName(column)}`);
    return `CASE WHEN ${before} IS NULL AND ${after} IS NOT NULL THEN 'soft_delete'
        WHEN ${before} IS NOT NULL AND ${after} IS NULL THEN 'restore' ELSE 'update' END`;
  }

  private onlyIfRelevant(): string {
    if (this.plan.ignore.length === 0) return '';
    const relevant = this.recorded.filter(([column]) => !this.plan.ignore.includes(column.name));
    const differences = relevant.map(([, one]) => one.differs(BEFORE, AFTER));
    return `WHERE ${differences.join(' OR ') || 'false'} `;
  }

  private insert(changes: string): string {
    const { schema, table, entity } = this.plan;
    return `INSERT INTO ${this.log} (tenant_id, actor_type, actor_id, on_behalf_of, request_id, trace_id, source, op, schema_name, table_name, entity, pk, diff)
    SELECT ${DONE}.tenant, ${this.who()}, 'trigger', ${DONE}.op, ${[schema, table, entity].map(quoteLiteral).join(', ')}, ${DONE}.pk, ${DONE}.diff::jsonb
    FROM (${changes}) AS ${DONE} WHERE ${DONE}.diff <> '{}'`;
  }

  /** Before the rows are gone: a row for each tenant that has some. */
  private truncation(): string {
    const { schema, table, entity, tenantColumn } = this.plan;
    return `INSERT INTO ${this.log} (tenant_id, actor_type, actor_id, on_behalf_of, request_id, trace_id, source, op, schema_name, table_name, entity, meta)
    SELECT ${this.tenant(ROW)}, ${this.who()}, 'trigger', 'truncate', ${[schema, table, entity].map(quoteLiteral).join(', ')}, jsonb_build_object('rows', count(*))
    FROM ${qualified({ schema, table })} AS ${ROW}${tenantColumn === undefined ? ' HAVING count(*) > 0' : ' GROUP BY 1'}`;
  }

  private who(): string {
    const parts = ['actor_type', 'actor_id', 'on_behalf_of', 'request_id', 'trace_id'];
    return parts.map((part) => `${WHO}.${part}`).join(', ');
  }

  private tenant(row: string): string {
    const { tenantColumn } = this.plan;
    if (tenantColumn !== undefined) return `${row}.${quoteName(tenantColumn)}`;
    return `coalesce(${WHO}.tenant_id, '${NIL}')`;
  }

  private key(row: string): string {
    const pairs = this.plan.key.map((name) => `${quoteLiteral(name)}, ${row}.${quoteName(name)}`);
    return `jsonb_build_object(${pairs.join(', ')})`;
  }
}

/** Text until the end: one value is read as jsonb for a row, rather than one for each column. */
function json(cells: readonly string[]): string {
  return `'{' || ${joined(cells)} || '}'`;
}

/** A function of PostgreSQL takes 100 arguments at most, and a table has more columns than that. */
function joined(cells: readonly string[]): string {
  if (cells.length <= MOST_ARGUMENTS) return `concat_ws(',', ${cells.join(', ') || 'NULL'})`;
  const parts: string[] = [];
  for (let start = 0; start < cells.length; start += MOST_ARGUMENTS)
    parts.push(`nullif(${joined(cells.slice(start, start + MOST_ARGUMENTS))}, '')`);
  return joined(parts);
}
