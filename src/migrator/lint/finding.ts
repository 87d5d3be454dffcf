export type Severity = 'destructive' | 'blocks' | 'breaks' | 'fails' | 'style';

/** One statement of a migration that a rule has something to say about. */
export interface LintFinding {
  /** Such as D06. */
  readonly rule: string;
  readonly severity: Severity;
  readonly migration: string;
  /** Counted from 0. */
  readonly statement: number;
  readonly sql: string;
  readonly problem: string;
  readonly mend: string;
  readonly line?: number;
}
