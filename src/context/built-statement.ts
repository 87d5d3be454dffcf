/**
 * Which statements our own query builders made, and for whom. Keyed by the identity of the
 * parameter array, and by the text: parameters that were asked for can be sent with another one.
 */
export interface BuiltStatement {
  readonly text: string;
  /** The tenant whose id stands in the predicate; undefined if no tenant table is touched. */
  readonly tenantId: string | undefined;
  /** True if every table in it is known, and so carries its predicate. */
  readonly confined: boolean;
  /** True if every table that the builder knows of is shared. */
  readonly sharedOnly: boolean;
  /** The table whose changes the statement tells; undefined if nobody has to hear of them. */
  readonly captured?: CapturedTable | undefined;
}

/** A table whose changes the application writes into the audit log. */
export interface CapturedTable {
  readonly entity: string;
  readonly onError: 'fail' | 'warn';
}

const built = new WeakMap<readonly unknown[], BuiltStatement>();

export function markBuilt(parameters: readonly unknown[], statement: BuiltStatement): void {
  built.set(parameters, statement);
}

/** For whom the parameters were made, whatever text they are sent with. */
export function builtStatement(
  parameters: readonly unknown[] | undefined,
): BuiltStatement | undefined {
  return parameters && built.get(parameters);
}

/** The statement that is sent, if it is one that was built. */
export function sentAsBuilt(
  text: string,
  parameters: readonly unknown[] | undefined,
): BuiltStatement | undefined {
  const statement = builtStatement(parameters);
  return statement?.text === text ? statement : undefined;
}
