const MOST_ARGUMENTS = 90;

/**
 * An object in JSON, as SQL, of members that are text or NULL. Text until the end: one value is read as
 * jsonb for a row, rather than one for each column.
 */
export function jsonMembers(cells: readonly string[]): string {
  return `'{' || ${joined(cells)} || '}'`;
}

/** A function of PostgreSQL takes 100 arguments at most, and a table has more columns than that. */
function joined(cells: readonly string[]): string {
  if (cells.length <= MOST_ARGUMENTS) return `concat_ws(',', ${cells.join(', ') || 'NULL'})`;
  const parts: string[] = [];
  for (let start = 0; start < cells.length; start += MOST_ARGUMENTS)
    parts.push(`nullif(${joined(cells.slice(start, start + MOST_ARGUMENTS))}, '')`);
  return joined(parts);
}
