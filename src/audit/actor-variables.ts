/**
 * Who is at work, as variables of a function, from the settings that travel with each statement.
 * Without any of them somebody is at the database itself, past the application: then the login is the
 * actor. In the work of a tenant that names nobody there is no type, and the log, which wants one,
 * refuses the row. Plain expressions only: a query, or a function of its own, would cost each
 * statement more than all of them.
 */
export const ACTOR_VARIABLES = `
  "rowguard tenant" uuid := nullif(current_setting('rowguard.tenant_id', true), '')::uuid;
  "rowguard named" text := nullif(current_setting('rowguard.actor_id', true), '');
  "rowguard reason" text := nullif(current_setting('rowguard.reason', true), '');
  "rowguard request" text := nullif(current_setting('rowguard.request_id', true), '');
  "rowguard trace" jsonb := nullif(current_setting('rowguard.trace', true), '')::jsonb;
  "rowguard actor type" text := CASE
    WHEN "rowguard reason" IS NOT NULL THEN 'system'
    WHEN "rowguard tenant" IS NULL THEN 'database'
    WHEN "rowguard named" IS NOT NULL THEN coalesce("rowguard trace"->>'actorType', 'user')
    WHEN "rowguard trace"->>'actorType' = 'anonymous' THEN 'anonymous' END;
  "rowguard actor" text := CASE
    WHEN "rowguard reason" IS NOT NULL THEN "rowguard reason"
    WHEN "rowguard tenant" IS NULL THEN session_user ELSE "rowguard named" END;
  "rowguard behalf" text := coalesce("rowguard trace"->>'onBehalfOf',
    CASE WHEN "rowguard reason" IS NOT NULL THEN "rowguard named" END);
`;

/** The tenant in hand, or NULL. */
export const TENANT_IN_HAND = '"rowguard tenant"';

/** Whose rows belong to none. */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';

export const ACTOR_COLUMNS = 'actor_type, actor_id, on_behalf_of, request_id, trace_id';
export const ACTOR_VALUES = `"rowguard actor type", "rowguard actor", "rowguard behalf", "rowguard request", "rowguard trace"->>'traceId'`;
