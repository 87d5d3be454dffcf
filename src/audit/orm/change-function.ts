import { APP_ROLE, SYSTEM_ROLE } from '../../context/role-names.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import type { AuditPlan } from '../audit-plan.js';
import type { DatabaseFunction } from '../database-function.js';
import { MASKED } from '../masked.js';

const CHANGE_FUNCTION = 'rowguard_audit_change';
/** The SQLSTATE of a statement that changes more rows than one statement may. */
export const TOO_MANY_ROWS = 'RGA02';

/**
 * What one statement did to one row, as the log takes it; null where nothing happened that it has to
 * know. Made in the database, so that a secret never leaves it, and a number keeps all its digits.
 * Rows are counted by the moment at which their statement began, which no other statement shares.
 */
const CHANGE = `
DECLARE
  before jsonb := CASE WHEN old_row IS NOT DISTINCT FROM NULL THEN NULL ELSE to_jsonb(old_row) END;
  after jsonb := CASE WHEN new_row IS NOT DISTINCT FROM NULL THEN NULL ELSE to_jsonb(new_row) END;
  counted text[] := string_to_array(current_setting('rowguard.audit_rows', true), '|');
  began text := extract(epoch FROM statement_timestamp())::text;
  count integer := CASE WHEN counted[1] = began THEN counted[2]::integer ELSE 0 END + 1;
  op text := CASE WHEN before IS NULL THEN 'insert' WHEN after IS NULL THEN 'delete' ELSE 'update' END;
  whole boolean := before IS NULL OR after IS NULL;
  removed text := plan->>'deletedColumn';
  key jsonb;
  diff jsonb;
  matters boolean;
BEGIN
  IF count > (plan->>'maxRows')::integer THEN
    RAISE EXCEPTION 'one statement changes more rows than the audit log takes' USING ERRCODE = '${TOO_MANY_ROWS}';
  END IF;
  PERFORM set_config('rowguard.audit_rows', began || '|' || count, true);
  SELECT jsonb_object_agg(column_name, jsonb_build_array(
      CASE WHEN hidden AND was <> 'null' THEN '"${MASKED}"' ELSE was END,
      CASE WHEN hidden AND is_now <> 'null' THEN '"${MASKED}"' ELSE is_now END)),
    bool_or(NOT plan->'ignore' ? column_name)
  INTO diff, matters
  FROM (
    SELECT column_name, coalesce(o.value, 'null') AS was, coalesce(n.value, 'null') AS is_now,
      plan->'mask' ? column_name AS hidden
    FROM jsonb_each(before) AS o(column_name, value) FULL JOIN jsonb_each(after) AS n(column_name, value)
      USING (column_name)
  ) AS columns
  WHERE was::text <> is_now::text AND NOT plan->'exclude' ? column_name;
  IF NOT whole AND matters IS NOT TRUE THEN
    RETURN NULL;
  END IF;
  IF NOT whole AND removed IS NOT NULL THEN
    op := CASE WHEN before->removed = 'null' AND after->removed <> 'null' THEN 'soft_delete'
      WHEN before->removed <> 'null' AND after->removed = 'null' THEN 'restore' ELSE op END;
  END IF;
  SELECT jsonb_object_agg(name, coalesce(after, before)->name) INTO key
  FROM jsonb_array_elements_text(plan->'key') AS keys(name);
  RETURN jsonb_build_object('op', op, 'pk', coalesce(key, '{}'), 'diff', coalesce(diff, '{}'),
    'tenantId', coalesce(after, before)->(plan->>'tenantColumn'), 'schemaName', plan->'schema',
    'tableName', plan->'table', 'entity', plan->'entity')::text;
END`;

export function changeFunction(schema: string): DatabaseFunction {
  return {
    schema,
    name: CHANGE_FUNCTION,
    parameters: 'old_row anyelement, new_row anyelement, plan jsonb',
    returns: 'text',
    volatility: 'VOLATILE',
    asAuditRole: false,
    body: CHANGE,
    callableBy: [APP_ROLE, SYSTEM_ROLE],
  };
}

/** The call for one row; a row that is not there is NULL. */
export function changeOf(
  schema: string,
  plan: AuditPlan,
  maxRows: number,
  before: string,
  after: string,
): string {
  const known = quoteLiteral(JSON.stringify({ ...plan, maxRows: String(maxRows) }));
  return `${quoteName(schema)}.${CHANGE_FUNCTION}(${before}, ${after}, ${known})`;
}
