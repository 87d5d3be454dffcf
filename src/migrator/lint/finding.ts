export type Severity = 'destructive' | 'blocks' | 'breaks' | 'fails' | 'style';

export interface LintFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly migration: string;
  /** Which statement of the migration, from 0. */
  readonly statement: number;
  readonly sql: string;
  readonly problem: string;
  readonly mend: string;
  readonly line?: number;
}
