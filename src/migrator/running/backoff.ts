const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/** Doubles with each try, and differs from process to process. */
export function backoffMs(attempt: number, random = Math.random()): number {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return full * (0.75 + random / 4);
}
