import { AUDIT_ROLE } from '../context/role-names.js';
import { dollarQuoted } from '../schema/dollar-quoted.js';
import { quoteName } from '../schema/sql.js';

/** A function that Rowguard writes into the database, and recognizes again letter by letter. */
export interface DatabaseFunction {
  readonly schema: string;
  readonly name: string;
  /** As in CREATE FUNCTION, with names: `rows jsonb`. */
  readonly parameters: string;
  readonly returns: string;
  /** Beside the search path: what a value reads like must not depend on the session. */
  readonly settings: readonly FunctionSetting[];
  readonly body: string;
  /** Roles that may call it; a trigger needs nobody's leave. */
  readonly callableBy: readonly string[];
}

/** The session may like to see times, bytes and numbers in ways of its own. */
const SETTINGS = {
  TimeZone: 'UTC',
  bytea_output: 'hex',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
} as const;

export type FunctionSetting = keyof typeof SETTINGS;
export const ALL_SETTINGS = Object.keys(SETTINGS) as FunctionSetting[];

/** Nothing that somebody else may create is found by its bare name. */
const SEARCH_PATH = 'pg_catalog, pg_temp';

/** As the catalog shows them. */
export function settingsOf(one: DatabaseFunction): string[] {
  return [
    `search_path=${SEARCH_PATH}`,
    ...one.settings.map((setting) => `${setting}=${SETTINGS[setting]}`),
  ];
}

export function qualifiedFunction({ schema, name }: Pick<DatabaseFunction, 'schema' | 'name'>) {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/**
 * Creates the function or puts it right; a change of its parameters needs a drop first. It runs with
 * the rights of the role of the audit log, whoever sets it off.
 */
export function createFunction(one: DatabaseFunction): string[] {
  const name = qualifiedFunction(one);
  const settings = one.settings
    .map((setting) => ` SET ${setting} = '${SETTINGS[setting]}'`)
    .join('');
  return [
    `CREATE OR REPLACE FUNCTION ${name}(${one.parameters}) RETURNS ${one.returns} LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = ${SEARCH_PATH}${settings} AS ${dollarQuoted(one.body)}`,
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
    ...one.callableBy.map((role) => `GRANT EXECUTE ON FUNCTION ${name} TO ${quoteName(role)}`),
    ...handOver(one.schema, name),
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
