/**
 * New rows that nobody else has seen, and that were looked over when they were made: the builder
 * need not do it again. Good for one statement.
 */
const checked = new WeakSet<object>();

export function noteChecked(rows: readonly object[]): void {
  for (const row of rows) checked.add(row);
}

/** Whether the row was looked over already; asked once. */
export function wasChecked(row: object): boolean {
  return checked.delete(row);
}
