/**
 * Value sets that an insert builder announces to listeners itself. It checks them when it builds
 * the statement, where it is known which of their columns are written.
 */
const announced = new WeakSet<object>();

export function leaveToBuilder(valueSets: readonly object[]): void {
  for (const set of valueSets) announced.add(set);
}

export function isLeftToBuilder(valueSet: object): boolean {
  return announced.has(valueSet);
}
