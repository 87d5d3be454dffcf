import { AUDIT_ROLE } from '../context/role-names.js';
import { quoteName } from '../schema/sql.js';

/** A function that Rowguard writes into the database, and recognizes again letter by letter. */
export interface DatabaseFunction {
  readonly schema: string;
  readonly name: string;
  /** As in CREATE FUNCTION, with names: `rows jsonb`. */
  readonly parameters: string;
  readonly returns: string;
  readonly volatility: 'STABLE' | 'VOLATILE';
  /** Runs with the rights of the role of the audit log, whoever sets it off. */
  readonly asAuditRole: boolean;
  readonly body: string;
  /** Roles that may call it; a trigger needs nobody's leave. */
  readonly callableBy: readonly string[];
}

/**
 * Nothing that somebody else may create is found by its bare name; and a value reads the same, however
 * the session likes to see times, bytes and numbers.
 */
const SETTINGS = {
  search_path: 'pg_catalog, pg_temp',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
};

/** As the catalog shows them. */
export const FUNCTION_SETTINGS = Object.entries(SETTINGS).map(
  ([name, value]) => `${name}=${value}`,
);

export function qualifiedFunction({ schema, name }: Pick<DatabaseFunction, 'schema' | 'name'>) {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** Creates the function or puts it right; a change of its parameters needs a drop first. */
export function createFunction(one: DatabaseFunction): string[] {
  const name = qualifiedFunction(one);
  const tag = '$rowguard$';
  const settings = Object.entries(SETTINGS)
    .map(
      ([setting, value]) => `SET ${setting} = ${setting === 'search_path' ? value : `'${value}'`}`,
    )
    .join(' ');
  return [
    `CREATE OR REPLACE FUNCTION ${name}(${one.parameters}) RETURNS ${one.returns} LANGUAGE plpgsql ${one.volatility}
      ${one.asAuditRole ? 'SECURITY DEFINER' : 'SECURITY INVOKER'} ${settings} AS ${tag}${one.body}${tag}`,
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
    ...one.callableBy.map((role) => `GRANT EXECUTE ON FUNCTION ${name} TO ${quoteName(role)}`),
    ...(one.asAuditRole ? handOver(one.schema, name) : []),
  ];
}

/** Whoever is to own something in a schema has to be allowed to create there, for that moment. */
function handOver(schema: string, name: string): string[] {
  const place = `SCHEMA ${quoteName(schema)}`;
  return [
    `GRANT CREATE ON ${place} TO ${AUDIT_ROLE}`,
    `ALTER FUNCTION ${name} OWNER TO ${AUDIT_ROLE}`,
    `REVOKE CREATE ON ${place} FROM ${AUDIT_ROLE}`,
  ];
}

export function dropFunction(one: Pick<DatabaseFunction, 'schema' | 'name'>): string {
  return `DROP FUNCTION IF EXISTS ${qualifiedFunction(one)} CASCADE`;
}
