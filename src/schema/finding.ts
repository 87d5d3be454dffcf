export interface Finding {
  /** Stable, so that a report can be compared with the last one. */
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly subject: string;
  readonly problem: string;
  /** Statements that mend it, in order; empty where a person has to decide. */
  readonly mend: readonly string[];
  /** What to do where no statement can be given. */
  readonly advice: string | undefined;
}
