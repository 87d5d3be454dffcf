import { IS_PURGE } from '../context/purge-work.js';
import { quoteLiteral, quoteName } from '../schema/sql.js';
import { qualified } from '../schema/table-plan.js';
import {
  ACTOR_COLUMNS,
  ACTOR_VALUES,
  ACTOR_VARIABLES,
  TENANT_IN_HAND,
  NO_TENANT,
} from './actor-variables.js';
import type { AuditPlan } from './audit-plan.js';
import { ColumnCapture, type LiveColumn, settingsFor } from './column-capture.js';
import { ALL_SETTINGS, type DatabaseFunction } from './database-function.js';
import { nameWithin } from '../schema/function-name.js';
import { jsonMembers } from './json-members.js';

/** Names inside the functions: a column that is called so would be a strange one. */
export const OLD_ROWS = '"rowguard old"';
export const NEW_ROWS = '"rowguard new"';
const PLACE = '"rowguard place"';
const BEFORE = '"rowguard before"';
const AFTER = '"rowguard after"';
const ROW = '"rowguard row"';
const DONE = '"rowguard done"';

/**
 * Both tables hold the rows of the statement in the same order; a join by key would lose a changed key.
 * Nearly every statement changes one row, which needs no order, and takes a third less without.
 */
const numbered = (rows: string) => `(SELECT *, row_number() OVER () AS ${PLACE} FROM ${rows})`;
const IN_ORDER = `${numbered(OLD_ROWS)} AS ${BEFORE} JOIN ${numbered(NEW_ROWS)} AS ${AFTER} ON ${BEFORE}.${PLACE} = ${AFTER}.${PLACE}`;
const ONE_ROW = `${OLD_ROWS} AS ${BEFORE} CROSS JOIN ${NEW_ROWS} AS ${AFTER}`;

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
    settings: ALL_SETTINGS.filter((setting) =>
      columns.some((column) => settingsFor(column).includes(setting)),
    ),
    body: new CaptureBody(plan, columns, logSchema).text(),
    callableBy: [],
  };
}

export function captureName(table: string): string {
  return nameWithin(CAPTURE_PREFIX, table);
}

/** Set-based: one INSERT for a whole statement, however many rows it changed. */
class CaptureBody {
  private readonly log: string;
  private readonly recorded: readonly (readonly [LiveColumn, ColumnCapture])[];

  constructor(
    private readonly plan: AuditPlan,
    columns: readonly LiveColumn[],
    logSchema: string,
  ) {
    this.log = `${quoteName(logSchema)}.audit_logs`;
    this.recorded = columns
      .filter((column) => !plan.exclude.includes(column.name))
      .map((column) => [column, new ColumnCapture(column, plan.mask.includes(column.name))]);
  }

  text(): string {
    const branches = `
  IF TG_OP = 'UPDATE' THEN
    IF EXISTS (SELECT FROM ${NEW_ROWS} OFFSET 1) THEN
      ${this.insert(this.updates(IN_ORDER))};
    ELSE
      ${this.insert(this.updates(ONE_ROW))};
    END IF;
  ELSIF TG_OP = 'INSERT' THEN
    ${this.insert(this.inserts())};
  ELSIF TG_OP = 'DELETE' THEN
    ${this.insert(this.deletes())};
  ELSE
    ${this.truncation()};
  END IF;`;
    return `
#variable_conflict use_column
DECLARE${ACTOR_VARIABLES}BEGIN${this.plan.onError === 'warn' ? this.forgiven(branches) : branches}
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

  private updates(pairs: string): string {
    const changes = this.recorded.map(([, one]) => one.changed(BEFORE, AFTER));
    return `SELECT ${this.tenant(AFTER)} AS tenant, ${this.operation()} AS op, ${this.key(AFTER)} AS pk, ${jsonMembers(changes)} AS diff
      FROM ${pairs}
      ${this.onlyIfRelevant()}OFFSET 0`;
  }

  private inserts(): string {
    return this.whole(
      NEW_ROWS,
      `'insert'`,
      this.recorded.map(([, one]) => one.appeared(ROW)),
    );
  }

  private deletes(): string {
    return this.whole(
      OLD_ROWS,
      `CASE WHEN ${IS_PURGE} THEN 'purge' ELSE 'delete' END`,
      this.recorded.map(([, one]) => one.vanished(ROW)),
    );
  }

  private whole(rows: string, op: string, cells: readonly string[]): string {
    return `SELECT ${this.tenant(ROW)} AS tenant, ${op} AS op, ${this.key(ROW)} AS pk, ${jsonMembers(cells)} AS diff
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
    return `INSERT INTO ${this.log} (tenant_id, ${ACTOR_COLUMNS}, source, op, schema_name, table_name, entity, pk, diff)
    SELECT ${DONE}.tenant, ${ACTOR_VALUES}, 'trigger', ${DONE}.op, ${[schema, table, entity].map(quoteLiteral).join(', ')}, ${DONE}.pk, ${DONE}.diff::jsonb
    FROM (${changes}) AS ${DONE} WHERE ${DONE}.diff <> '{}'`;
  }

  /** Before the rows are gone: a row for each tenant that has some. */
  private truncation(): string {
    const { schema, table, entity, tenantColumn } = this.plan;
    return `INSERT INTO ${this.log} (tenant_id, ${ACTOR_COLUMNS}, source, op, schema_name, table_name, entity, meta)
    SELECT ${this.tenant(ROW)}, ${ACTOR_VALUES}, 'trigger', 'truncate', ${[schema, table, entity].map(quoteLiteral).join(', ')}, jsonb_build_object('rows', count(*))
    FROM ${qualified({ schema, table })} AS ${ROW}${tenantColumn === undefined ? ' HAVING count(*) > 0' : ' GROUP BY 1'}`;
  }

  private tenant(row: string): string {
    const { tenantColumn } = this.plan;
    if (tenantColumn !== undefined) return `${row}.${quoteName(tenantColumn)}`;
    return `coalesce(${TENANT_IN_HAND}, '${NO_TENANT}')`;
  }

  private key(row: string): string {
    const pairs = this.plan.key.map((name) => `${quoteLiteral(name)}, ${row}.${quoteName(name)}`);
    return `jsonb_build_object(${pairs.join(', ')})`;
  }
}
