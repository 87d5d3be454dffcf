export interface DatabaseErrorDetails {
  /** What happened, in one sentence without a full stop. */
  readonly problem: string;
  /** What the reader can do about it, in one sentence without a full stop. */
  readonly mend: string;
  readonly cause?: unknown;
  /** Values that are safe to show: never a secret, never another tenant's data. */
  readonly given?: Readonly<Record<string, unknown>>;
}

/** The root of every error that Rowguard raises itself. */
export abstract class DatabaseError extends Error {
  /** Stable across releases; messages may change. */
  abstract readonly code: `ROWGUARD_${string}`;
  readonly mend: string;
  readonly given: Readonly<Record<string, unknown>>;

  constructor(details: DatabaseErrorDetails) {
    super(
      `${details.problem}. ${details.mend}.`,
      'cause' in details ? { cause: details.cause } : undefined,
    );
    this.name = new.target.name;
    this.mend = details.mend;
    this.given = details.given ?? {};
  }
}
