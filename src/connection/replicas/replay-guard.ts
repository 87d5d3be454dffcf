import type { Preamble } from '../binding.js';

/** A setting that nobody sets: to read it is how a plain SELECT fails on purpose. */
export const NOT_REPLAYED = 'rowguard.not_replayed';

/**
 * The same preamble, which also fails on a server that has not replayed so far; then what follows in
 * its group is skipped. Asked of the very server that answers the read, and in the same round trip:
 * whatever balances connections or was restarted meanwhile, nothing older is shown.
 */
export function guarded(
  preamble: Preamble | undefined,
  position: string | undefined,
): Preamble | undefined {
  if (!preamble || position === undefined) return preamble;
  const { name, text, values } = preamble;
  const check = `case when pg_last_wal_replay_lsn()>=$${values.length + 1}::pg_lsn then '' else current_setting('${NOT_REPLAYED}') end`;
  return { name: `${name}_read`, text: `${text},${check}`, values: [...values, position] };
}
