export type Severity = 'destructive' | 'blocks' | 'breaks' | 'fails' | 'style';

export const SEVERITIES: readonly Severity[] = [
  'destructive',
  'blocks',
  'breaks',
  'fails',
  'style',
];

/** One thing that a rule has against one statement of a migration. */
export interface LintFinding {
  /** The id of the rule, such as D06. */
  readonly rule: string;
  readonly severity: Severity;
  readonly migration: string;
  /** Which of the statements that the migration sends, from 0. */
  readonly statement: number;
  readonly sql: string;
  readonly problem: string;
  readonly mend: string;
  /** Where it stands in the text that was sent, from 1. */
  readonly line?: number;
}

/** A finding that knows its place to the character, for those who print it. */
export interface LocatedFinding extends LintFinding {
  readonly line: number;
  readonly column: number;
  /** The line that `column` counts in. */
  readonly lineText: string;
  /** An example of what to send instead. */
  readonly good?: string;
  /** What a comment says about it that may explain it but not let it pass. */
  readonly explained?: string;
}
