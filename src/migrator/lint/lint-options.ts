import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { Severity } from './finding.js';
import type { ParsedStatement } from './parsed-statement.js';
import type { TypeShape } from './reading/type-shape.js';

export interface CustomFinding {
  /** Of your own; it may not be one of the catalogue. */
  readonly rule: string;
  readonly severity: Severity;
  readonly problem: string;
  readonly mend: string;
}

/** What a rule of your own may ask. Tables are named as `schema.table`. */
export interface RuleContext {
  readonly migration: RecordedMigration;
  readonly inTransaction: boolean;
  /** Nobody waits for this table: it is made in this run, or it is small. */
  isQuiet(table: string): boolean;
  /** Made in this run beyond doubt, so that nothing in it can be lost. */
  isNew(table: string): boolean;
  /** What a column is before this statement, as far as the run or the catalog knows. */
  typeBefore(table: string, column: string): TypeShape | undefined;
}

/** A rule of your own: told every statement, also those in DO blocks and functions. */
export type CustomRule = (
  statement: ParsedStatement,
  context: RuleContext,
) => Iterable<CustomFinding>;

export interface LintIgnore {
  readonly migration: string;
  readonly rule: string;
  /** For those who read it later; an ignore without one does nothing. */
  readonly reason: string;
}

export interface TenantRules {
  /** Defaults to `tenant_id`. */
  readonly column?: string;
  /** Which new tables hold data of tenants. Without it: those with the column. */
  readonly isTenantTable?: (table: string) => boolean;
  /** False where nobody adds row security after the migrations; a Rowguard data source does. */
  readonly secured?: boolean;
}

export interface LintOptions {
  /** The severity of single rules, or `off`. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
  /** Migrations up to this one are known, and not judged: a name, or its timestamp. */
  readonly startAfter?: string | number;
  /** Others that are known and not judged. */
  readonly isHistory?: (migration: RecordedMigration) => boolean;
  /**
   * `one`, the default: all run together, so that a table of the first is new to the last.
   * `each`: every migration runs when those before it have been in use for long.
   */
  readonly batches?: 'one' | 'each';
  /** Tables with so few rows that no lock on them lasts. */
  readonly smallTables?: readonly string[];
  readonly rules?: readonly CustomRule[];
  readonly ignores?: readonly LintIgnore[];
  /** `together`, the default: a text is sent at once. `apart`: one statement at a time, as psql does. */
  readonly sent?: 'together' | 'apart';
  /** Where names without a schema are. Defaults to `public`. */
  readonly schema?: string;
  /** What the live database says of a column, such as `varchar(50)`; undefined if it has none. */
  readonly columnType?: (table: string, column: string) => string | undefined;
  /** `approval`, the default: a comment explains a destructive statement and does not excuse it. */
  readonly destructive?: 'approval' | 'ignorable';
  /** What names have to look like, by what they name. */
  readonly names?: Partial<Readonly<Record<'table' | 'column' | 'index' | 'constraint', RegExp>>>;
  readonly tenancy?: TenantRules;
}
