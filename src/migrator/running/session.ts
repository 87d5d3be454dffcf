/** A server process, and what is known of whoever is behind it: never what it sends. */
export interface Session {
  readonly pid: number;
  readonly application: string;
  readonly state: string | null;
  /** How long its transaction has been open, or it has held the lock. */
  readonly seconds: number;
}

export function describeSession({ pid, application, state, seconds }: Session): string {
  const name = application === '' ? 'unnamed' : application;
  return `server process ${pid} (${[name, state ?? 'unknown', `for ${Math.round(seconds)} s`].join(', ')})`;
}
