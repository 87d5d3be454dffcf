import { IS_PURGE } from '../context/purge-work.js';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { quoteName } from '../schema/sql.js';
import {
  ACTOR_COLUMNS,
  ACTOR_VALUES,
  ACTOR_VARIABLES,
  NO_TENANT,
  TENANT_IN_HAND,
} from './actor-variables.js';
import { TRIGGER_PREFIX } from './capture-triggers.js';
import type { DatabaseFunction } from './database-function.js';
import { eraseFunction } from './erase/erase-function.js';

export const APPEND_FUNCTION = 'rowguard_audit_append';

/**
 * The rows of a tenant are written for that tenant, whatever they say. A tenant that sends SQL of its
 * own may leave notes; it may not tell of changes where triggers do.
 */
const append = (schema: string) => `
DECLARE${ACTOR_VARIABLES}  written bigint;
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT row."schemaName", row."tableName"
      FROM jsonb_to_recordset(rows) AS row(op text, "schemaName" text, "tableName" text)
      WHERE row.op NOT IN ('note', 'read')) AS changed
    LEFT JOIN pg_namespace place ON place.nspname = changed."schemaName"
    LEFT JOIN pg_class held ON held.relnamespace = place.oid AND held.relname = changed."tableName"
    WHERE held.oid IS NULL OR EXISTS (
      SELECT FROM pg_trigger t WHERE t.tgrelid = held.oid AND starts_with(t.tgname, '${TRIGGER_PREFIX}')))
  THEN
    RAISE EXCEPTION 'only the database itself writes what happened in this table' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF EXISTS (SELECT FROM jsonb_to_recordset(rows) AS row(op text) WHERE row.op = 'purge') AND ${IS_PURGE} IS NOT TRUE THEN
    RAISE EXCEPTION 'only a purge is written down as one' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH added AS (
  INSERT INTO ${quoteName(schema)}.audit_logs (tenant_id, ${ACTOR_COLUMNS},
    source, op, schema_name, table_name, entity, action, pk, diff, meta)
  SELECT coalesce(${TENANT_IN_HAND}, row."tenantId", '${NO_TENANT}'), ${ACTOR_VALUES},
    CASE WHEN row.op IN ('note', 'read') THEN 'manual' ELSE 'orm' END, row.op, row."schemaName", row."tableName",
    row.entity, row.action, coalesce(row.pk, '{}'), row.diff, coalesce(row.meta, '{}')
  FROM jsonb_to_recordset(rows) AS row("tenantId" uuid, op text, "schemaName" text, "tableName" text,
    entity text, action text, pk jsonb, diff jsonb, meta jsonb)
  RETURNING 1) SELECT count(*) INTO written FROM added;
END`;

/** What is there beside the captures: whatever writes a row that no trigger wrote. */
export function auditFunctions(schema: string): DatabaseFunction[] {
  return [
    {
      schema,
      name: APPEND_FUNCTION,
      parameters: 'rows jsonb',
      returns: 'void',
      settings: [],
      body: append(schema),
      callableBy: [APP_ROLE, SYSTEM_ROLE],
    },
    eraseFunction(schema),
  ];
}
