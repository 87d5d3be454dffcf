/** The two walls. Both are on; turning one off is for proving that the other holds alone. */
export interface Walls {
  /** `tenant_id = $n` in every statement that a repository or query builder makes. */
  readonly predicate: boolean;
  /** Row-level security in the database. Without it raw SQL is refused. */
  readonly policies: boolean;
}
