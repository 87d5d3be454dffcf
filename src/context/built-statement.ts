/**
 * Which statements our own query builders made, and for whom. Keyed by the identity of the
 * parameter array, which nobody else can hold: the same text sent by hand is not known here.
 */
export interface BuiltStatement {
  /** The tenant whose id stands in the predicate; undefined if no tenant table is touched. */
  readonly tenantId: string | undefined;
  /** True if every table in it is known, and so carries its predicate. */
  readonly confined: boolean;
  /** True if every table that the builder knows of is shared. */
  readonly sharedOnly: boolean;
}

const built = new WeakMap<readonly unknown[], BuiltStatement>();

export function markBuilt(parameters: readonly unknown[], statement: BuiltStatement): void {
  built.set(parameters, statement);
}

export function builtStatement(
  parameters: readonly unknown[] | undefined,
): BuiltStatement | undefined {
  return parameters && built.get(parameters);
}
