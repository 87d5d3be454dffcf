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

export function qualifiedFunction({ schema, name }: DatabaseFunction): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}
