import { IS_PURGE } from '../../context/purge-work.js';
import { APP_ROLE, SYSTEM_ROLE } from '../../context/role-names.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';
import { ColumnCapture, type LiveColumn, settingsFor } from '../column-capture.js';
import { ALL_SETTINGS, type DatabaseFunction, qualifiedFunction } from '../database-function.js';
import { jsonMembers } from '../json-members.js';
import { nameWithin } from '../../schema/function-name.js';

const PREFIX = 'rowguard_audit_row_';
const OLD = 'old_row';
const NEW = 'new_row';
/** The SQLSTATE of a statement that changes more rows than one statement may. */
export const TOO_MANY_ROWS = 'RGA02';

/**
 * What one statement did to one row of a table, as the log takes it; null where nothing happened that
 * the log has to know. Made in the database, so that a secret never leaves it, and a number keeps all
 * its digits. It takes any row: a parameter of the table's own type would keep the table from being
 * dropped.
 */
export function rowFunction(plan: AuditPlan, columns: readonly LiveColumn[]): DatabaseFunction {
  return {
    schema: plan.schema,
    name: rowFunctionName(plan.table),
    parameters: `${OLD} anyelement, ${NEW} anyelement, most_rows integer`,
    returns: 'text',
    settings: ALL_SETTINGS.filter((setting) =>
      columns.some((column) => settingsFor(column).includes(setting)),
    ),
    body: bodyOf(plan, columns),
    callableBy: [APP_ROLE, SYSTEM_ROLE],
  };
}

export function rowFunctionName(table: string): string {
  return nameWithin(PREFIX, table);
}

/** The call for one row; a row that is not there is NULL. */
export function rowCall(plan: AuditPlan, before: string, after: string, mostRows: number): string {
  const name = qualifiedFunction({ schema: plan.schema, name: rowFunctionName(plan.table) });
  return `${name}(${before}, ${after}, ${mostRows})`;
}

/** Rows are counted by the moment at which their statement began, which no other statement shares. */
const COUNT = `
  counted text[] := string_to_array(current_setting('rowguard.audit_rows', true), '|');
  began text := extract(epoch FROM statement_timestamp())::text;
  row_count integer := CASE WHEN counted[1] = began THEN counted[2]::integer ELSE 0 END + 1;`;

function bodyOf(plan: AuditPlan, columns: readonly LiveColumn[]): string {
  const recorded = columns.filter((column) => !plan.exclude.includes(column.name));
  const captures = recorded.map((one) => new ColumnCapture(one, plan.mask.includes(one.name)));
  const changes = captures.map((one) => one.changed(OLD, NEW));
  const whole = (row: string, cells: readonly string[], op: string) =>
    `RETURN ${entry(plan, row, op, jsonMembers(cells))};`;
  return `
DECLARE${COUNT}
  changes text;
BEGIN
  IF row_count > most_rows THEN
    RAISE EXCEPTION 'one statement changes more rows than the audit log takes' USING ERRCODE = '${TOO_MANY_ROWS}';
  END IF;
  PERFORM set_config('rowguard.audit_rows', began || '|' || row_count, true);
  IF ${OLD} IS NULL THEN
    ${whole(
      NEW,
      captures.map((one) => one.appeared(NEW)),
      `'insert'`,
    )}
  ELSIF ${NEW} IS NULL THEN
    ${whole(
      OLD,
      captures.map((one) => one.vanished(OLD)),
      `CASE WHEN ${IS_PURGE} THEN 'purge' ELSE 'delete' END`,
    )}
  END IF;${unlessRelevant(plan, recorded)}
  changes := ${jsonMembers(changes)};
  IF changes = '{}' THEN
    RETURN NULL;
  END IF;
  RETURN ${entry(plan, NEW, operation(plan), 'changes')};
END`;
}

function unlessRelevant(plan: AuditPlan, recorded: readonly LiveColumn[]): string {
  if (plan.ignore.length === 0) return '';
  const relevant = recorded.filter((column) => !plan.ignore.includes(column.name));
  const differences = relevant.map((one) => new ColumnCapture(one, false).differs(OLD, NEW));
  return `
  IF NOT (${differences.join(' OR ') || 'false'}) THEN
    RETURN NULL;
  END IF;`;
}

function operation({ deletedColumn }: AuditPlan): string {
  if (deletedColumn === undefined) return `'update'`;
  const [before, after] = [OLD, NEW].map((row) => `${row}.${quoteName(deletedColumn)}`);
  return `CASE WHEN ${before} IS NULL AND ${after} IS NOT NULL THEN 'soft_delete'
      WHEN ${before} IS NOT NULL AND ${after} IS NULL THEN 'restore' ELSE 'update' END`;
}

/** One entry for rowguard_audit_append, in JSON. */
function entry(plan: AuditPlan, row: string, op: string, diff: string): string {
  const { schema, table, entity, key, tenantColumn } = plan;
  const known = JSON.stringify({ schemaName: schema, tableName: table, entity });
  const keys = key.map((name) => `${quoteLiteral(name)}, ${row}.${quoteName(name)}`);
  const tenant =
    tenantColumn === undefined ? `'null'` : `to_json(${row}.${quoteName(tenantColumn)})`;
  return `${quoteLiteral(known.slice(0, -1))} || ',"op":"' || ${op} || '","tenantId":' || ${tenant}
      || ',"pk":' || jsonb_build_object(${keys.join(', ')}) || ',"diff":' || ${diff} || '}'`;
}
