import { APP_ROLE, AUDIT_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { quoteName } from '../schema/sql.js';
import type { DatabaseFunction } from './database-function.js';
import { changeFunction } from './orm/change-function.js';

export const CONTEXT_FUNCTION = 'rowguard_audit_context';
export const APPEND_FUNCTION = 'rowguard_audit_append';

/**
 * Who is at work, from the settings that travel with each statement. Without any of them somebody is
 * at the database itself, past the application: then the login is the actor. In the work of a tenant
 * that names nobody there is no type, and the log, which wants one, refuses the row.
 */
const CONTEXT = `
DECLARE
  named text := nullif(current_setting('rowguard.actor_id', true), '');
  reason text := nullif(current_setting('rowguard.reason', true), '');
  trace jsonb := nullif(current_setting('rowguard.trace', true), '')::jsonb;
BEGIN
  request_id := nullif(current_setting('rowguard.request_id', true), '');
  tenant_id := nullif(current_setting('rowguard.tenant_id', true), '')::uuid;
  trace_id := trace->>'traceId';
  on_behalf_of := trace->>'onBehalfOf';
  IF reason IS NOT NULL THEN
    actor_type := 'system';
    actor_id := reason;
    on_behalf_of := coalesce(on_behalf_of, named);
  ELSIF tenant_id IS NULL THEN
    actor_type := 'database';
    actor_id := session_user;
  ELSIF named IS NOT NULL THEN
    actor_type := coalesce(trace->>'actorType', 'user');
    actor_id := named;
  ELSIF trace->>'actorType' = 'anonymous' THEN
    actor_type := 'anonymous';
  END IF;
END`;

/** The rows of a tenant are written for that tenant, whatever they say. */
const append = (schema: string) => `
DECLARE
  who record := ${quoteName(schema)}.${CONTEXT_FUNCTION}();
BEGIN
  INSERT INTO ${quoteName(schema)}.audit_logs (tenant_id, actor_type, actor_id, on_behalf_of, request_id, trace_id,
    source, op, schema_name, table_name, entity, action, pk, diff, meta)
  SELECT coalesce(who.tenant_id, row."tenantId", '00000000-0000-0000-0000-000000000000'),
    who.actor_type, who.actor_id, who.on_behalf_of, who.request_id, who.trace_id,
    CASE WHEN row.op IN ('note', 'read') THEN 'manual' ELSE 'orm' END, row.op, row."schemaName", row."tableName",
    row.entity, row.action, coalesce(row.pk, '{}'), row.diff, coalesce(row.meta, '{}')
  FROM jsonb_to_recordset(rows) AS row("tenantId" uuid, op text, "schemaName" text, "tableName" text,
    entity text, action text, pk jsonb, diff jsonb, meta jsonb);
END`;

/** What all captures share. Written before the triggers that call it. */
export function auditFunctions(schema: string): DatabaseFunction[] {
  return [
    {
      schema,
      name: CONTEXT_FUNCTION,
      parameters:
        'OUT tenant_id uuid, OUT actor_type text, OUT actor_id text, OUT on_behalf_of text, OUT request_id text, OUT trace_id text',
      returns: 'record',
      volatility: 'STABLE',
      asAuditRole: false,
      body: CONTEXT,
      callableBy: [AUDIT_ROLE],
    },
    {
      schema,
      name: APPEND_FUNCTION,
      parameters: 'rows jsonb',
      returns: 'void',
      volatility: 'VOLATILE',
      asAuditRole: true,
      body: append(schema),
      callableBy: [APP_ROLE, SYSTEM_ROLE],
    },
    changeFunction(schema),
  ];
}
