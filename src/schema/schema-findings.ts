import { APP_ROLE } from '../context/role-names.js';
import type { Finding } from './finding.js';
import { grantSchema } from './grants.js';
import { type RunSql, quoteName } from './sql.js';

interface LiveSchema {
  readonly schema: string;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
}

/** What tenants may do with the schemas that hold the tables. */
export async function schemaFindings(run: RunSql, schemas: readonly string[]): Promise<Finding[]> {
  const live = await run<LiveSchema>(
    `select nspname::text as schema, has_schema_privilege('${APP_ROLE}', oid, 'USAGE') as "mayUse",
       has_schema_privilege('${APP_ROLE}', oid, 'CREATE') as "mayCreate"
     from pg_namespace where nspname = any($1) and to_regrole('${APP_ROLE}') is not null order by 1`,
    [[...schemas]],
  );
  return live.flatMap(({ schema, mayUse, mayCreate }) => [
    ...(mayUse
      ? []
      : [finding('schema-usage', schema, 'tenants may not use it', grantSchema(schema))]),
    ...(mayCreate
      ? [finding('schema-create', schema, 'tenants may create tables in it', revoke(schema))]
      : []),
  ]);
}

/** Every schema in which tenants could find something, planned or not. */
export async function reachableSchemas(run: RunSql): Promise<string[]> {
  const rows = await run<{ schema: string }>(
    `select nspname::text as schema from pg_namespace
     where nspname !~ '^pg_' and nspname <> 'information_schema'
       and to_regrole('${APP_ROLE}') is not null and has_schema_privilege('${APP_ROLE}', oid, 'USAGE')`,
  );
  return rows.map((row) => row.schema);
}

function revoke(schema: string): string {
  return `REVOKE CREATE ON SCHEMA ${quoteName(schema)} FROM PUBLIC, ${APP_ROLE}`;
}

function finding(rule: string, schema: string, problem: string, mend: string): Finding {
  return {
    rule,
    severity: 'error',
    subject: `schema ${schema}`,
    problem,
    mend: [mend],
    advice: undefined,
  };
}
